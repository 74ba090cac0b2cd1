import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../../scripts/command-line';
import { CommandError } from '../../scripts/stack';
import { replaceSection } from '../generated-section';
import { type Comparison, compareDesigns } from './compare';
import { createBaseline, DESIGNS, type Design } from './designs';
import { fillGoals } from './goals';
import { type ComparisonRecord, writeRecord } from './record';
import { createTables, renderResults, renderSection } from './report';

const root = join(__dirname, '..', '..');
const README = join(root, 'README.md');
const PAGE = join(root, 'docs', 'benchmarks.md');
const SIZES = '10,100,1000,4000';
const QUICK_SIZES = '10,100';
const ROOM_SIZES = '10,20';

export interface ComparisonOptions {
  readonly designs?: string;
  readonly sizes?: string;
  readonly rooms?: string;
  readonly rounds?: string;
  readonly minutes?: string;
  readonly baseline?: string;
  readonly quick?: boolean;
  readonly write?: boolean;
}

/**
 * Compares the designs and prints the tables. With `write`, also records the run in the documentation.
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
    update(README, (page) => replaceSection(page, 'bench', renderSection(record)));
    update(PAGE, (page) => fillGoals(replaceSection(page, 'bench', renderResults(record)), record));
  }
  return record;
}

/** @throws UsageError if a design is unknown, or if sizes or rounds are not numbers */
export function parseComparison({
  designs,
  sizes,
  rooms,
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
  const roomSizes = rooms ?? (quick ? undefined : ROOM_SIZES);
  return {
    designs: all.filter(({ name }) => names.includes(name)),
    sizes: parseNumbers('sizes', sizes ?? (quick ? QUICK_SIZES : SIZES)).sort((a, b) => a - b),
    rounds: parseNumbers('rounds', rounds ?? (quick ? '1' : '2'))[0] as number,
    largeRounds: 1,
    roomSizes: roomSizes === undefined ? [] : parseNumbers('rooms', roomSizes),
    minutes: parseNumbers('minutes', minutes ?? '30')[0] as number,
  };
}

function update(file: string, edit: (page: string) => string): void {
  writeFileSync(file, edit(readFileSync(file, 'utf8')));
}

function parseNumbers(option: string, text: string): number[] {
  const parts = text.split(',');
  const wrong = parts.find((part) => !/^[1-9]\d{0,3}$/.test(part));
  if (wrong === undefined) return parts.map(Number);
  throw new UsageError(`--${option} ${JSON.stringify(wrong)} is not a valid number. Use 1 to 9999.`);
}
