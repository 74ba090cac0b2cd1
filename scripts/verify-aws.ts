// Checks what only a deployed stack can show, by asking its services and by trying it out: `npm run verify:aws`.
import { runCommand, UsageError, wholeNumber } from './command-line';
import { CommandError, deployedStack, localStack, type StackPlace } from './stack';
import { checks } from './verify-aws/checks';
import { deployedFacts, type Facts, localFacts } from './verify-aws/facts';
import { tries } from './verify-aws/tries';

const usage = `
Checks what only a deployed stack can show, by asking its services, and tries it out in a room of its own. Exits with 1
if anything is wrong.

  npm run verify:aws -- --stack NAME | --local [options]

  --stack NAME  the deployed stack
  --local       the runtime that npm start runs, for what it can tell
  --port PORT   beside --local: the runtime's port (default 3000)
  --json        what the services said instead, as JSON
  --help        show this text
`;

const options = {
  stack: { type: 'string' },
  local: { type: 'boolean', default: false },
  port: { type: 'string', default: '3000' },
  json: { type: 'boolean', default: false },
} as const;

runCommand({ usage, options }, async ({ stack, local, port, json }) => {
  if (!stack && !local) throw new UsageError('Which stack?');
  const place = stack ? await deployedStack(stack) : await localStack(wholeNumber('port', port));
  const facts = stack ? await deployedFacts(place, stack) : await localFacts(place);
  if (json) process.stdout.write(`${JSON.stringify(facts, null, 2)}\n`);
  else await report(facts, place, !stack);
});

async function report(facts: Facts, place: StackPlace, isLocal: boolean): Promise<void> {
  let failed = 0;
  const tell = (name: string, complaint: string | undefined, isHere = true) => {
    if (isHere && complaint !== undefined) failed += 1;
    const verdict = !isHere ? 'not here' : complaint === undefined ? 'ok      ' : 'FAILED  ';
    process.stdout.write(`  ${verdict} ${name}${complaint === undefined ? '' : `: ${complaint}`}\n`);
  };
  for (const { name, needs, complaint } of checks) {
    const isHere = facts[needs] !== undefined;
    tell(name, isHere ? complaint(facts as Required<Facts>) : undefined, isHere);
  }
  for (const { name, onlyOnAws, run: attempt } of tries) {
    const isHere = onlyOnAws === undefined || (!isLocal && place.outputs[onlyOnAws] !== undefined);
    tell(name, isHere ? await attempt(place).then(nothing, messageOf) : undefined, isHere);
  }
  if (failed > 0) throw new CommandError(`${failed} of ${checks.length + tries.length} checks failed.`);
  process.stdout.write('Nothing is wrong with it.\n');
}

const nothing = () => undefined;
const messageOf = (error: Error) => error.message;
