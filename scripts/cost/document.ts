import { createBill, PARTS, totalOf } from './bill';
import type { CostRecord } from './record';

/** Formats a price for sentences: `$19`, `$1,026`. */
export function formatDollars(price: number): string {
  return `$${Math.round(price).toLocaleString('en')}`;
}

/** Renders the generated section of `docs/costs.md`. */
export function renderTables({ rooms, typing, memory }: CostRecord): string {
  const columns = [...rooms, typing];
  const bills = columns.map(({ usage }) => createBill(usage, memory));
  const heads = columns.map((column) => {
    const members = `${column.members.toLocaleString('en')} members`;
    return column === typing ? `typing, ${members}` : members;
  });
  const parts = Object.keys(PARTS) as (keyof typeof PARTS)[];
  const counts: [string, (index: number) => number][] = [
    ['write units', (index) => columns[index]?.usage.writeUnits ?? 0],
    ['read units', (index) => columns[index]?.usage.readUnits ?? 0],
    [
      'invocations',
      (index) => Object.values(columns[index]?.usage.invocations ?? {}).reduce((a, b) => a + b, 0),
    ],
    [
      'frames to clients',
      (index) => (columns[index]?.usage.deliveries ?? 0) + (columns[index]?.usage.replies ?? 0),
    ],
    ['KB of logs', (index) => (columns[index]?.usage.logBytes ?? 0) / 1000],
  ];
  return [
    'Dollars per million messages, and per million typing indicators:',
    '',
    row(['part', ...heads]),
    row(['---', ...heads.map(() => '---')]),
    ...parts.map((part) => row([PARTS[part], ...bills.map((bill) => bill[part].toFixed(2))])),
    row(['**total**', ...bills.map((bill) => `**${totalOf(bill).toFixed(2)}**`)]),
    '',
    'Counted per message, and per typing indicator:',
    '',
    row(['count', ...heads]),
    row(['---', ...heads.map(() => '---')]),
    ...counts.map(([name, count]) => row([name, ...columns.map((_, index) => String(round(count(index))))])),
    '',
  ].join('\n');
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
