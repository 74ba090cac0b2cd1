import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { compareDesigns } from './comparison/compare';
import { RUNTIMES } from './comparison/designs';
import { measureStart } from './comparison/measure';
import type { Result } from './comparison/record';
import { createRuntimeRows } from './comparison/report';
import { type Summary, summarize } from './comparison/statistics';
import { replaceSection } from './generated-section';

const PAGE = join(__dirname, '../packages/sam-offline/docs/comparison.md');
/** The number of starts of each runtime. */
const STARTS = 5;
const COMPARISON = { sizes: [10, 100, 1000], rounds: 2, largeRounds: 1, roomSizes: [10], minutes: 40 };

/**
 * Runs the same chat in sam-offline and in the other programs that npm or pip can install. Measures their starts, and messages to
 * rooms of different sizes. With `write`, records the table in the documentation of sam-offline.
 */
export async function measureRuntimes({ write }: { write?: boolean }): Promise<Record<string, string>[]> {
  const report = (line: string) => process.stderr.write(`${line}\n`);
  const record = await compareDesigns({ ...COMPARISON, designs: RUNTIMES }, report);
  const rows = createRuntimeRows(record, await measureStarts(report));
  if (write) {
    const content = `One run of \`npm run bench -- runtimes\` on ${record.date}, on ${availableParallelism()} cores with Node.js ${record.node.slice(1)}:\n\n${renderRows(rows)}`;
    writeFileSync(PAGE, replaceSection(readFileSync(PAGE, 'utf8'), 'bench -- runtimes', content));
  }
  return rows;
}

/** Measures the runtimes in turn, so that background load on the machine affects all of them. */
async function measureStarts(report: (line: string) => void): Promise<Map<string, Result<Summary>>> {
  const samples = new Map<string, number[]>(RUNTIMES.map(({ name }) => [name, []]));
  const failures = new Map<string, string>();
  for (let start = 1; start <= STARTS; start += 1) {
    for (const design of RUNTIMES) {
      const millis = await measureStart(design).catch(({ message }: Error) => {
        failures.set(design.name, message);
      });
      if (millis === undefined) continue;
      samples.get(design.name)?.push(millis);
      report(`start ${start}: ${design.name}: first message after ${Math.round(millis)} ms`);
    }
  }
  return new Map(
    RUNTIMES.map(({ name }) => {
      const failure = failures.get(name);
      return [name, failure === undefined ? (summarize(samples.get(name) ?? []) ?? null) : { failure }];
    }),
  );
}

/** Renders rows as a Markdown table. */
function renderRows(rows: readonly Record<string, string>[]): string {
  const titles = Object.keys(rows[0] ?? {});
  const lines = [
    ['', ...titles.slice(1)],
    ['---', ...titles.slice(1).map(() => '--:')],
    ...rows.map((row) => titles.map((title) => row[title] ?? '')),
  ];
  return lines.map((cells) => `| ${cells.join(' | ')} |\n`).join('');
}
