import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../../scripts/command-line';
import { replaceSection } from '../../scripts/generated-section';
import { CommandError } from '../../scripts/stack';
import { type Comparison, compareDesigns } from './compare';
import { createBaseline, DESIGNS, type Design } from './designs';
import { type ComparisonRecord, writeRecord } from './record';
import { createTables, renderSection } from './report';

const README = join(__dirname, '..', '..', 'README.md');
const SIZES = '10,100,1000,4000';
const QUICK_SIZES = '10,100';

export interface ComparisonOptions {
  readonly designs?: string;
  readonly sizes?: string;
  readonly rounds?: string;
  readonly minutes?: string;
  readonly baseline?: string;
  readonly quick?: boolean;
  readonly write?: boolean;
}

/**
 * Compares the designs and prints the tables; with `write`, records the run in the documentation.
 *
 * @throws CommandError on other systems than Linux
 */
export async function runComparison(options: ComparisonOptions): Promise<ComparisonRecord> {
  if (!existsSync('/proc/self/stat')) {
    throw new CommandError('The comparison reads CPU times from /proc. Run it on Linux.');
  }
  const record = await compareDesigns(parseComparison(options), (line) => process.stderr.write(`${line}\n`));
  for (const [title, rows] of Object.entries(createTables(record))) {
    process.stdout.write(`\n${title}: median (middle half)\n`);
    console.table(rows);
  }
  if (options.write) {
    writeRecord(record);
    writeFileSync(README, replaceSection(readFileSync(README, 'utf8'), 'bench', renderSection(record)));
  }
  return record;
}

/** @throws UsageError for unknown designs, and sizes and rounds that are not numbers */
export function parseComparison({
  designs,
  sizes,
  rounds,
  minutes,
  baseline,
  quick = false,
}: ComparisonOptions): Comparison {
  const all: readonly Design[] = baseline === undefined ? DESIGNS : [...DESIGNS, createBaseline(baseline)];
  const names = designs?.split(',') ?? all.map(({ name }) => name);
  const unknown = names.find((name) => all.every((design) => design.name !== name));
  if (unknown !== undefined) {
    const known = all.map(({ name }) => name).join(', ');
    throw new UsageError(`Unknown design ${JSON.stringify(unknown)}. Use some of: ${known}.`);
  }
  return {
    designs: all.filter(({ name }) => names.includes(name)),
    sizes: parseNumbers('sizes', sizes ?? (quick ? QUICK_SIZES : SIZES)).sort((a, b) => a - b),
    rounds: parseNumbers('rounds', rounds ?? (quick ? '1' : '2'))[0] as number,
    largeRounds: 1,
    rateRounds: quick ? 0 : 1,
    minutes: parseNumbers('minutes', minutes ?? '10')[0] as number,
  };
}

function parseNumbers(option: string, text: string): number[] {
  const parts = text.split(',');
  const wrong = parts.find((part) => !/^[1-9]\d{0,3}$/.test(part));
  if (wrong === undefined) return parts.map(Number);
  throw new UsageError(`--${option} ${JSON.stringify(wrong)} is not a valid number. Use 1 to 9999.`);
}
