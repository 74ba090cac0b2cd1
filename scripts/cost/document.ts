import { createBill, PARTS, totalOf } from './bill';
import type { CostRecord } from './record';

/** Formats a price for sentences: `$19`, `$1,026`. */
export function formatDollars(price: number): string {
  return `$${Math.round(price).toLocaleString('en')}`;
}

/** Renders the generated section of `docs/costs.md`. */
export function renderTables({ rooms, memory }: CostRecord): string {
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
