import { type ComparisonRecord, type DesignRecord, isFailure, type Result, type SizeFigures } from './record';
import type { Summary } from './statistics';

/** The size for which the generated table shows CPU time and memory. */
const TYPICAL_SIZE = 1000;

/** The tables of a run that have figures, by title: a row for each design, a column for each size, and the median with its range in each cell. */
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
  const rates = record.designs.map(({ label, rate }) => ({
    design: label,
    'messages/s': format(rate, (summary) => formatSummary(summary, 0)),
  }));
  const all = { ...Object.fromEntries(tables), 'messages per second to 50 rooms of 20': rates };
  return Object.fromEntries(Object.entries(all).filter(([, rows]) => rows.some(hasFigures)));
}

/** Whether a row has more than the name of the design. */
function hasFigures({ design, ...cells }: Record<string, string>): boolean {
  return Object.values(cells).some((cell) => cell !== '');
}

/** Renders the table for the README: figures relative to those of the first design. */
export function renderSection({ sizes, designs, ...run }: ComparisonRecord): string {
  const typical = sizes.includes(TYPICAL_SIZE) ? TYPICAL_SIZE : (sizes.at(-1) as number);
  const typicalIndex = sizes.indexOf(typical);
  const [reference] = designs as [DesignRecord];
  const sockets = typical.toLocaleString('en');
  const columns: [string, (design: DesignRecord) => Result<Summary>][] = [
    ...sizes.map((size, index): [string, (design: DesignRecord) => Result<Summary>] => [
      `time to ${size.toLocaleString('en')} sockets`,
      (design) => select(design.sizes[index] ?? null, ({ last }) => last),
    ]),
    [
      `CPU, ${sockets} sockets`,
      (design) =>
        select(design.sizes[typicalIndex] ?? null, ({ serverCpuPerMessage }) => serverCpuPerMessage),
    ],
    [
      `memory, ${sockets} sockets`,
      (design) => select(design.sizes[typicalIndex] ?? null, ({ peakMemory }) => peakMemory),
    ],
    ['messages/s in rooms', ({ rate }) => rate],
  ];
  const toCell = (read: (design: DesignRecord) => Result<Summary>, design: DesignRecord) => {
    const base = read(reference);
    return format(read(design), ({ median }) =>
      base === null || isFailure(base) ? '' : `${formatRatio(median / base.median)} ×`,
    );
  };
  const rows = [
    ['', ...columns.map(([title]) => title)],
    ['---', ...columns.map(() => '--:')],
    ...designs.map((design) => [design.label, ...columns.map(([, read]) => toCell(read, design))]),
  ];
  return [
    `One run of \`npm run bench\` on ${run.cores} cores with Node.js ${run.node.slice(1)} ([method](docs/benchmarks.md)). Medians relative`,
    `to ${reference.label}: above 1 is slower, more CPU time, more memory, or more messages per second.`,
    '',
    ...rows.map((cells) => `| ${cells.join(' | ')} |`),
    '',
  ].join('\n');
}

/** Formats a ratio with two significant digits. */
export function formatRatio(ratio: number): string {
  if (ratio >= 10) return Math.round(ratio).toLocaleString('en');
  return ratio.toFixed(ratio >= 1 ? 1 : 2);
}

function select<T>(
  result: Result<SizeFigures>,
  read: (figures: SizeFigures) => T,
): T | Exclude<Result<object>, object> | { failure: string } {
  return result === null || isFailure(result) ? result : read(result);
}

function format<T extends object>(result: Result<T>, toText: (figures: T) => string): string {
  if (result === null) return '';
  return isFailure(result) ? (result.failure.split('\n')[0] as string) : toText(result);
}

function formatSummary({ median, low, high }: Summary, digits: number): string {
  const [middle, from, to] = [median, low, high].map((value) => value.toFixed(digits));
  return `${middle} (${from}–${to})`;
}
