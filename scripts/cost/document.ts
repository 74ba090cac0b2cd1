import { createBill, PARTS, totalOf } from './bill';
import type { CostRecord } from './record';

const BEGIN = '<!-- npm run cost: begin -->';
const END = '<!-- npm run cost: end -->';

/** Replaces the generated section of `docs/costs.md`. @throws Error if the page has no such section */
export function replaceSection(page: string, record: CostRecord): string {
  const [start, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (start < 0 || end < start) throw new Error(`docs/costs.md has no section ${BEGIN} … ${END}.`);
  return `${page.slice(0, start + BEGIN.length)}\n\n${renderTables(record)}\n${page.slice(end)}`;
}

/** Formats a price for sentences: `$19`, `$1,026`. */
export function formatDollars(price: number): string {
  return `$${Math.round(price).toLocaleString('en')}`;
}

function renderTables({ rooms, memory }: CostRecord): string {
  const bills = rooms.map(({ usage }) => createBill(usage, memory));
  const members = rooms.map((room) => `${room.members.toLocaleString('en')} members`);
  const parts = Object.keys(PARTS) as (keyof typeof PARTS)[];
  const counts: [string, (index: number) => number][] = [
    ['write units', (index) => rooms[index]?.usage.writeUnits ?? 0],
    ['read units', (index) => rooms[index]?.usage.readUnits ?? 0],
    [
      'invocations',
      (index) => Object.values(rooms[index]?.usage.invocations ?? {}).reduce((a, b) => a + b, 0),
    ],
    [
      'frames to clients',
      (index) => (rooms[index]?.usage.deliveries ?? 0) + (rooms[index]?.usage.replies ?? 0),
    ],
    ['KB of logs', (index) => (rooms[index]?.usage.logBytes ?? 0) / 1000],
  ];
  return [
    'Dollars per million messages:',
    '',
    row(['part', ...members]),
    row(['---', ...members.map(() => '---')]),
    ...parts.map((part) => row([PARTS[part], ...bills.map((bill) => bill[part].toFixed(2))])),
    row(['**total**', ...bills.map((bill) => `**${totalOf(bill).toFixed(2)}**`)]),
    '',
    'Counted per message:',
    '',
    row(['count', ...members]),
    row(['---', ...members.map(() => '---')]),
    ...counts.map(([name, count]) => row([name, ...rooms.map((_, index) => String(round(count(index))))])),
    '',
  ].join('\n');
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
