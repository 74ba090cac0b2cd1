// Checks what only a deployed stack can show, by asking its services and trying it out in a room of its own: npm run
// verify:aws -- --stack NAME, or --local (--port 3000) for what the local runtime can tell. --json prints what they said.
import { parseArgs } from 'node:util';
import { CommandError, deployedStack, localStack, run, type StackPlace } from './stack';
import { checks } from './verify/checks';
import { deployedFacts, type Facts, localFacts } from './verify/facts';
import { tries } from './verify/tries';

run(async () => {
  const { stack, local, port, json } = readArguments();
  if (!stack && !local) throw new CommandError('Which stack? npm run verify:aws -- --stack NAME, or --local');
  const place = stack ? await deployedStack(stack) : await localStack(Number(port));
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

function readArguments() {
  try {
    return parseArgs({
      options: {
        stack: { type: 'string' },
        local: { type: 'boolean', default: false },
        port: { type: 'string', default: '3000' },
        json: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    throw new CommandError((error as Error).message);
  }
}
