// npm run test:repeat: runs the tests several times, each time with another seed.
import { parsePositiveInteger, runCommand } from './command-line';
import { formatRun, runTests } from './repeat-tests/run';
import { CommandError } from './stack';

const usage = `
Runs all tests several times, each time with another seed. Prints the results, the duration, and how often nondeterministic
events occurred. Continues after a failed run, and exits with 1 if one failed.

  npm run test:repeat -- [options]

  --runs NUMBER  number of runs (default 10)
  --seed NUMBER  seed of the first run; it increases by 1 with each run (default 1)
  --path TEXT    run only the test files whose paths contain this text; may be repeated
  --help         show this text

The slow tests are not included.
`;

const options = {
  runs: { type: 'string', default: '10' },
  seed: { type: 'string', default: '1' },
  path: { type: 'string', multiple: true, default: [] as string[] },
} as const;

runCommand({ usage, options }, async ({ runs, seed, path }) => {
  const count = parsePositiveInteger('runs', runs);
  const firstSeed = parsePositiveInteger('seed', seed);
  let failedRuns = 0;
  for (let index = 0; index < count; index += 1) {
    process.stdout.write(`Run ${index + 1} of ${count}, SEED=${firstSeed + index}\n`);
    const result = await runTests(firstSeed + index, path);
    if (!result.success) failedRuns += 1;
    process.stdout.write(`${formatRun(result)}\n\n`);
  }
  if (failedRuns > 0) throw new CommandError(`${failedRuns} of ${count} runs failed.`);
  process.stdout.write(`All ${count} runs passed.\n`);
});
