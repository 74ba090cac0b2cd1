// Measures and prints a table; with `--json FILE` it also writes what it printed. One file per measurement: each
// exports `measure`, and is named below.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import * as clientSize from './client-size';

/** One row. */
export interface Measured {
  what: string;
  value: number;
  unit: string;
}

const measurements: { measure(): Promise<Measured[]> }[] = [clientSize];

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { json: { type: 'string' } } });
  const rows: Measured[] = [];
  for (const { measure } of measurements) rows.push(...(await measure()));
  console.table(Object.fromEntries(rows.map(({ what, value, unit }) => [what, { value, unit }])));
  if (values.json) writeFileSync(values.json, `${JSON.stringify(rows, null, 2)}\n`);
}

void main();
