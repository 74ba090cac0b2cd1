// npm run bench: runs benchmarks and prints their results as tables. Each benchmark is a file that returns table rows.
import { writeFileSync } from 'node:fs';
import { runCommand } from '../scripts/command-line';
import { measureClientSize } from './client-size';
import { measureContention } from './contention';
import { measurePosting } from './posting';
import { measureSchemas } from './schemas';
import { measureTracing } from './tracing';

const benchmarks: Record<string, () => Promise<object[]>> = {
  'client-size': measureClientSize,
  posting: measurePosting,
  contention: measureContention,
  tracing: measureTracing,
  schemas: measureSchemas,
};
const names = Object.keys(benchmarks);

const usage = `
Runs benchmarks and prints the results. Without arguments, runs all of them.

  npm run bench -- [${names.join(' | ')}] … [options]

  --json FILE  also write the results to a file
  --help       show this text
`;

runCommand(
  { usage, positionals: names, options: { json: { type: 'string' } } },
  async ({ json }, selected) => {
    const results: Record<string, object[]> = {};
    for (const [name, measure] of Object.entries(benchmarks)) {
      if (selected.length > 0 && !selected.includes(name)) continue;
      results[name] = await measure();
      process.stdout.write(`\n${name}\n`);
      console.table(results[name]);
    }
    if (json) writeFileSync(json, `${JSON.stringify(results, null, 2)}\n`);
  },
);
