// Checks what only a deployed stack can show, by asking its services: npm run verify:aws -- --stack NAME, or --local
// (--port 3000) for what the local runtime can tell. --json prints what they said. Changes nothing.
import { parseArgs } from 'node:util';
import { CommandError, deployedStack, localStack, run } from './stack';
import { checks } from './verify/checks';
import { deployedFacts, type Facts, localFacts } from './verify/facts';

run(async () => {
  const { stack, local, port, json } = readArguments();
  if (!stack && !local) throw new CommandError('Which stack? npm run verify:aws -- --stack NAME, or --local');
  const facts = stack
    ? await deployedFacts(await deployedStack(stack), stack)
    : await localFacts(await localStack(Number(port)));
  if (json) process.stdout.write(`${JSON.stringify(facts, null, 2)}\n`);
  else report(facts);
});

function report(facts: Facts): void {
  const lines = checks.map(({ name, needs, complaint }) => {
    if (facts[needs] === undefined) return `  not here ${name}`;
    const complained = complaint(facts as Required<Facts>);
    return complained === undefined ? `  ok       ${name}` : `  FAILED   ${name}: ${complained}`;
  });
  process.stdout.write(`${lines.join('\n')}\n`);
  const failed = lines.filter((line) => line.startsWith('  FAILED')).length;
  if (failed > 0) throw new CommandError(`${failed} of ${lines.length} checks failed.`);
}

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
