import { BASELINE } from './designs';
import { ROOMS } from './measure';
import { type ComparisonRecord, type DesignRecord, isFailure, type Result, type SizeFigures } from './record';
import type { Summary } from './statistics';

/** The size for which the generated table shows CPU time and memory. */
const TYPICAL_SIZE = 1000;

/**
 * Returns the tables of a run by title. A table has a row for each design and a column for each size. Each cell contains the
 * median and its range. Omits tables without figures.
 */
export function createTables(record: ComparisonRecord): Record<string, Record<string, string>[]> {
  const figures: Record<string, [(figures: SizeFigures) => Summary | undefined, number]> = {
    'ms until the first receipt': [({ first }) => first, 0],
    'ms until the last receipt': [({ last }) => last, 0],
    'ms until the acknowledgement': [({ ack }) => ack, 0],
    'ms until the last receipt of the first message': [({ cold }) => cold, 0],
    'ms of CPU of the server per message': [({ serverCpuPerMessage }) => serverCpuPerMessage, 0],
    'ms of CPU of the server per delivery': [({ serverCpuPerDelivery }) => serverCpuPerDelivery, 3],
    'ms of CPU of the clients per delivery': [({ clientCpuPerDelivery }) => clientCpuPerDelivery, 3],
    'MB of the server before the messages': [({ idleMemory }) => idleMemory, 0],
    'MB of the server at most': [({ peakMemory }) => peakMemory, 0],
  };
  const tables = Object.entries(figures).map(([title, [read, digits]]) => {
    const toCell = (result: Result<SizeFigures>) =>
      format(result, (found) => {
        const summary = read(found);
        return summary === undefined ? '' : formatSummary(summary, digits);
      });
    const toRow = ({ label, sizes }: DesignRecord) =>
      Object.fromEntries([
        ['design', label],
        ...sizes.map((result, index) => [
          `${record.sizes[index]?.toLocaleString('en')} sockets`,
          toCell(result),
        ]),
      ]);
    return [title, record.designs.map(toRow)] as const;
  });
  const rates = record.designs.map(({ label, rates }) =>
    Object.fromEntries([
      ['design', label],
      ...rates.map((rate, index) => [
        `rooms of ${record.roomSizes[index]}`,
        format(rate, (summary) => formatSummary(summary, 0)),
      ]),
    ]),
  );
  const all = { ...Object.fromEntries(tables), [`messages per second to ${ROOMS} rooms`]: rates };
  return Object.fromEntries(Object.entries(all).filter(([, rows]) => rows.some(hasFigures)));
}

/** Returns whether a row has cells other than the design name. */
function hasFigures({ design, ...cells }: Record<string, string>): boolean {
  return Object.values(cells).some((cell) => cell !== '');
}

type Column = readonly [title: string, read: (design: DesignRecord) => Result<Summary>];

/** Renders the table for the README. It compares the smallest size and the typical size with the first design. */
export function renderSection(record: ComparisonRecord): string {
  const { sizes, designs } = record;
  const typical = sizes.includes(TYPICAL_SIZE) ? TYPICAL_SIZE : (sizes.at(-1) as number);
  const [reference] = designs as [DesignRecord];
  const sockets = typical.toLocaleString('en');
  const columns = [
    ...createTimeColumns(record, 'time to', [...new Set([sizes[0] as number, typical])]),
    createColumn(record, `CPU, ${sockets} sockets`, typical, 'serverCpuPerMessage'),
    createColumn(record, `memory, ${sockets} sockets`, typical, 'peakMemory'),
    ...createRateColumns(record),
  ];
  const table = renderTable(columns, withoutBaseline(designs), ({ median }, read) => {
    const base = read(reference);
    return base === null || isFailure(base) ? '' : `${formatRatio(median / base.median)} ×`;
  });
  return [
    `One run of \`npm run bench\` on ${record.cores} cores with Node.js ${record.node.slice(1)} ([method](docs/benchmarks.md)). Medians relative`,
    `to ${reference.label}: above 1 is slower, more CPU time, more memory, or more messages per second.`,
    '',
    table,
  ].join('\n');
}

/** Renders the table for the benchmarks page, with medians in milliseconds and message rates per second. */
export function renderResults(record: ComparisonRecord): string {
  const columns = [
    ...createTimeColumns(record, 'ms to', record.sizes),
    ...record.sizes.map((size) =>
      createColumn(record, `CPU ms, ${size.toLocaleString('en')}`, size, 'serverCpuPerMessage'),
    ),
    ...createRateColumns(record),
  ];
  return renderTable(columns, withoutBaseline(record.designs), ({ median }) =>
    Math.round(median).toLocaleString('en'),
  );
}

/**
 * Returns a row for each runtime, with medians by column title.
 *
 * @param starts the time in milliseconds until the first message by design name
 */
export function createRuntimeRows(
  record: ComparisonRecord,
  starts: ReadonlyMap<string, Result<Summary>>,
): Record<string, string>[] {
  const { sizes } = record;
  const [smallest, largest] = [sizes[0] as number, sizes.at(-1) as number];
  const sockets = largest.toLocaleString('en');
  const columns: Column[] = [
    ['ms from the start to the first message', ({ name }) => starts.get(name) ?? null],
    ...createTimeColumns(record, 'ms to', sizes),
    createColumn(record, `CPU ms, ${sockets} sockets`, largest, 'serverCpuPerMessage'),
    createColumn(record, `MB, ${smallest} sockets`, smallest, 'peakMemory'),
    createColumn(record, `MB, ${sockets} sockets`, largest, 'peakMemory'),
    ...createRateColumns(record),
  ];
  const toText = ({ median }: Summary) => Math.round(median).toLocaleString('en');
  return record.designs.map((design) =>
    Object.fromEntries([
      ['runtime', design.label],
      ...columns.map(([title, read]) => [title, format(read(design), toText)]),
    ]),
  );
}

/** Removes the baseline, because it differs between runs. */
function withoutBaseline(designs: readonly DesignRecord[]): DesignRecord[] {
  return designs.filter(({ name }) => name !== BASELINE);
}

function createTimeColumns(record: ComparisonRecord, title: string, sizes: readonly number[]): Column[] {
  return sizes.map((size) =>
    createColumn(record, `${title} ${size.toLocaleString('en')} sockets`, size, 'last'),
  );
}

function createColumn(
  { sizes }: ComparisonRecord,
  title: string,
  size: number,
  figure: Exclude<keyof SizeFigures, 'ack'>,
): Column {
  const index = sizes.indexOf(size);
  return [
    title,
    (design) => {
      const result = design.sizes[index] ?? null;
      return result === null || isFailure(result) ? result : result[figure];
    },
  ];
}

function createRateColumns({ roomSizes }: ComparisonRecord): Column[] {
  return roomSizes.map((members, index) => [
    `messages/s, rooms of ${members}`,
    ({ rates }) => rates[index] ?? null,
  ]);
}

/** Renders a row for each design. */
function renderTable(
  columns: readonly Column[],
  designs: readonly DesignRecord[],
  toText: (summary: Summary, read: Column[1]) => string,
): string {
  const rows = [
    ['', ...columns.map(([title]) => title)],
    ['---', ...columns.map(() => '--:')],
    ...designs.map((design) => [
      design.label,
      ...columns.map(([, read]) => format(read(design), (summary) => toText(summary, read))),
    ]),
  ];
  return `${rows.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}\n`;
}

/** Formats a ratio with two significant digits. */
export function formatRatio(ratio: number): string {
  if (ratio >= 10) return Math.round(ratio).toLocaleString('en');
  return ratio.toFixed(ratio >= 1 ? 1 : 2);
}

function format<T extends object>(result: Result<T>, toText: (figures: T) => string): string {
  if (result === null) return '';
  return isFailure(result) ? (result.failure.split('\n')[0] as string) : toText(result);
}

function formatSummary({ median, low, high }: Summary, digits: number): string {
  const [middle, from, to] = [median, low, high].map((value) => value.toFixed(digits));
  return `${middle} (${from}–${to})`;
}
