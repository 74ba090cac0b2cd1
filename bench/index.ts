// Measures and prints tables: `npm run bench`, or `npm run bench -- client-size …` for some. With `--json FILE` it also
// writes what it printed. One file per measurement, which returns the rows of its table and is named below.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { clientSize } from './client-size';
import { contention } from './contention';
import { posting } from './posting';
import { tracing } from './tracing';

const measurements: Record<string, () => Promise<object[]>> = {
  'client-size': clientSize,
  posting,
  contention,
  tracing,
};

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { json: { type: 'string' } },
    allowPositionals: true,
  });
  const results: Record<string, object[]> = {};
  for (const name of positionals.length > 0 ? positionals : Object.keys(measurements)) {
    const measure = measurements[name];
    if (!measure)
      throw new Error(`${name} is not measured here; there are: ${Object.keys(measurements).join(', ')}`);
    results[name] = await measure();
    process.stdout.write(`\n${name}\n`);
    console.table(results[name]);
  }
  if (values.json) writeFileSync(values.json, `${JSON.stringify(results, null, 2)}\n`);
}

main().catch((error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
