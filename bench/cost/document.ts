import { REFERENCES } from '../comparison/designs';
import { type AttackCost, combineAttacks, listAttackCosts } from './attacks';
import { type Bill, createBill, createReferenceBill, PARTS, totalOf } from './bill';
import type { CostRecord, ReferenceRecord } from './record';

/** The room size in the table that compares the parts of the bills of all designs. */
const COMPARED_MEMBERS = 100;

/** Formats a price for sentences: `$19`, `$1,026`. */
export function formatDollars(price: number): string {
  return `$${Math.round(price).toLocaleString('en')}`;
}

/** The bill for a million messages or typing indicators. */
interface Line {
  readonly design: string;
  readonly of: string;
  readonly members: number;
  readonly bill: Bill;
}

/** Returns the bills of all counted messages. */
export function listBills({ bytes, memory, rooms, texts, typing, features, references }: CostRecord): Line[] {
  const roomcast = [
    ...rooms.map((room) => ({ of: formatBytes(bytes), ...room })),
    ...texts.map((text) => ({ of: formatBytes(text.bytes), ...text })),
    { of: 'typing', ...typing },
    ...features.map(({ label, ...feature }) => ({ of: label, ...feature })),
  ];
  return [
    ...roomcast.map(({ of, members, usage }) => {
      return { design: 'Roomcast', of, members, bill: createBill(usage, memory) };
    }),
    ...references.flatMap((reference) =>
      reference.rooms.map(({ members, usage }) => {
        const bill = createReferenceBill(reference.name, usage, reference.megabytes);
        return { design: labelOf(reference), of: formatBytes(bytes), members, bill };
      }),
    ),
  ];
}

/** Renders the generated section of `docs/costs.md`. */
export function renderTables(record: CostRecord): string {
  return [
    '### By room size',
    '',
    ...renderRooms(record),
    '',
    '### By text size',
    '',
    ...renderTexts(record),
    '',
    '### By feature',
    '',
    ...renderFeatures(record),
    '',
    '### Beside other designs',
    '',
    ...renderDesigns(record),
    '',
    '### What an attacker can cause',
    '',
    ...renderAttacks(record),
    '',
  ].join('\n');
}

function renderRooms({ rooms, typing, memory }: CostRecord): string[] {
  const columns = [...rooms, typing];
  const bills = columns.map(({ usage }) => createBill(usage, memory));
  const heads = columns.map((column) => {
    const members = formatMembers(column.members);
    return column === typing ? `typing, ${members}` : members;
  });
  const counts = columns.map(({ usage }) => ({
    'write units': usage.writeUnits,
    'read units': usage.readUnits,
    invocations: Object.values(usage.invocations).reduce((a, b) => a + b, 0),
    'frames to clients': usage.deliveries + usage.replies,
    'KB of logs': usage.logBytes / 1000,
    'KB to clients': usage.bytesOut / 1000,
  }));
  const names = Object.keys(counts[0] ?? {}) as (keyof (typeof counts)[number])[];
  return [
    'Dollars per million messages and per million typing indicators:',
    '',
    ...renderBills(heads, bills),
    '',
    'Counts per message and per typing indicator:',
    '',
    ...renderTable(
      ['count', ...heads],
      names.map((name) => [name, ...counts.map((count) => String(round(count[name])))]),
    ),
  ];
}

function renderTexts({ bytes, rooms, texts, memory }: CostRecord): string[] {
  const members = texts[0]?.members ?? 0;
  const smallest = rooms.filter((room) => room.members === members).map((room) => ({ bytes, ...room }));
  const rows = [...smallest, ...texts].map((text) => {
    const bill = createBill(text.usage, memory);
    const { writeUnits, readUnits } = text.usage;
    const prices = [bill.writes, bill.reads, totalOf(bill)].map((price) => price.toFixed(2));
    return [formatBytes(text.bytes), String(round(writeUnits)), String(round(readUnits)), ...prices];
  });
  return [
    `Units per message to a room of ${members}, and dollars per million messages:`,
    '',
    ...renderTable(['text', 'write units', 'read units', 'DynamoDB writes', 'DynamoDB reads', 'total'], rows),
  ];
}

function renderFeatures({ features, memory }: CostRecord): string[] {
  const bills = features.map(({ usage }) => createBill(usage, memory));
  return [
    'Dollars per million replies, reactions, messages that a follower misses while away, and read positions. The follower is notified',
    'of the first missed message. The positions are stored while all members of a room read a message at once. The price includes the',
    'requests that clients repeat until the server accepts their reaction or position:',
    '',
    ...renderBills(
      features.map(({ label }) => label),
      bills,
    ),
  ];
}

function renderDesigns(record: CostRecord): string[] {
  const { bytes } = record;
  const lines = listBills(record).filter(({ of }) => of === formatBytes(bytes));
  const sizes = record.references[0]?.rooms.map(({ members }) => members) ?? [];
  const designs = [...new Set(lines.map(({ design }) => design))];
  const billOf = (name: string, size: number) =>
    lines.find(({ design, members }) => design === name && members === size)?.bill;
  const compared = designs.flatMap((design) => billOf(design, COMPARED_MEMBERS) ?? []);
  const deliveries = sizes.map((size) => billOf('Roomcast', size)?.delivery.toFixed(2) ?? '');
  return [
    'The other designs are the reference designs of [`npm run bench`](benchmarks.md). They only deliver messages. They do not',
    'store or order messages, send acknowledgements, or check limits or permissions. A lost message cannot be recovered.',
    '',
    `Dollars per million messages of ${formatBytes(bytes)}:`,
    '',
    ...renderTable(
      ['design', ...sizes.map(formatMembers)],
      [
        ...designs.map((design) => [
          design,
          ...sizes.map((size) => {
            const bill = billOf(design, size);
            return bill ? totalOf(bill).toFixed(2) : '';
          }),
        ]),
        ['price of the deliveries alone', ...deliveries],
      ],
    ),
    '',
    `The parts of the bills for a room of ${COMPARED_MEMBERS}:`,
    '',
    ...renderBills(designs, compared),
  ];
}

function renderAttacks({ attacks, memory }: CostRecord): string[] {
  const cells = ({ rate, dollars }: AttackCost['one']) => [String(Math.round(rate)), dollars.toFixed(2)];
  const together = combineAttacks(attacks, memory).toFixed(2);
  return [
    'The table shows the requests per second and the dollars per hour of guests who repeat a request as fast as the default limits allow.',
    'The limit is the budget of their IP address or the rate of the route. All clients share the rate of a route. A hundred addresses reach',
    "the rates of the routes and the account's quota of 10,000 posts per second.",
    '',
    `All attacks together can cause at most **$${together}** per hour from one address, with the most expensive mix of requests. Frames over a limit`,
    'and refused connections use no budget, so their cost is added. An address that sends 24,000 frames over a limit loses its connections.',
    'It cannot open new connections until its budget for such frames has refilled, at 24 per second. The table contains the average of the',
    'first hour. A flood can still use up the rates of routes for some seconds. API Gateway cannot limit a single address, and AWS WAF does',
    'not support WebSocket APIs.',
    '',
    ...renderTable(
      ['attack', 'per second, one address', '$ per hour', 'per second, 100 addresses', '$ per hour'],
      listAttackCosts(attacks, memory).map(({ label, one, hundred }) => [
        label,
        ...cells(one),
        ...cells(hundred),
      ]),
    ),
  ];
}

function renderBills(heads: readonly string[], bills: readonly Bill[]): string[] {
  const parts = Object.keys(PARTS) as (keyof typeof PARTS)[];
  return renderTable(
    ['part', ...heads],
    [
      ...parts.map((part) => [PARTS[part], ...bills.map((bill) => bill[part].toFixed(2))]),
      ['**total**', ...bills.map((bill) => `**${totalOf(bill).toFixed(2)}**`)],
    ],
  );
}

function renderTable(heads: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return [heads, heads.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
}

function labelOf({ name }: ReferenceRecord): string {
  return REFERENCES.find((design) => design.name === name)?.label ?? name;
}

function formatMembers(members: number): string {
  return `${members.toLocaleString('en')} members`;
}

function formatBytes(bytes: number): string {
  return bytes < 1024 ? `${bytes} bytes` : `${bytes / 1024} KB`;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
