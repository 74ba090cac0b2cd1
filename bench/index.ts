// Measures and prints tables: `npm run bench`. One file per measurement, which returns the rows of its table and is named
// below.
import { writeFileSync } from 'node:fs';
import { runCommand } from '../scripts/command-line';
import { clientSize } from './client-size';
import { contention } from './contention';
import { posting } from './posting';
import { schemas } from './schemas';
import { tracing } from './tracing';

const measurements: Record<string, () => Promise<object[]>> = {
  'client-size': clientSize,
  posting,
  contention,
  tracing,
  schemas,
};
const names = Object.keys(measurements);

const usage = `
Measures and prints tables: of all there is, or of what is named.

  npm run bench -- [${names.join(' | ')}] … [options]

  --json FILE  write them to a file as well
  --help       show this text
`;

runCommand({ usage, positionals: names, options: { json: { type: 'string' } } }, async ({ json }, asked) => {
  const results: Record<string, object[]> = {};
  for (const [name, measure] of Object.entries(measurements)) {
    if (asked.length > 0 && !asked.includes(name)) continue;
    results[name] = await measure();
    process.stdout.write(`\n${name}\n`);
    console.table(results[name]);
  }
  if (json) writeFileSync(json, `${JSON.stringify(results, null, 2)}\n`);
});
