// npm run cost: counts the usage of messages in a local run, and computes their price on AWS.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PRICES as prices } from 'sam-offline';
import { runCommand } from './command-line';
import { createBill, totalOf } from './cost/bill';
import { formatDollars, renderTables } from './cost/document';
import { MeteredApp } from './cost/measure';
import { type CostRecord, compareRecords, readRecord, recordFile, root } from './cost/record';
import { replaceSection } from './generated-section';
import { CommandError } from './stack';

const MEMBERS = [10, 100, 1000];
/** Rooms that the check covers. Larger ones take longer and use no other calls. */
const CHECKED_MEMBERS = [10];
const TYPING_MEMBERS = 10;
/** As many as a guest sends with one lot of the IP address's budget: see `LOT_UNITS`. */
const MESSAGES = 20;
const BYTES = 200;
const page = join(root, 'docs', 'costs.md');

const usage = `
Sends messages to rooms of several sizes in a local runtime, and announces that members are typing. Counts the calls, units
and bytes that they use, and multiplies them by the prices in packages/sam-offline/src/cost/prices.json.

  npm run cost -- [options]

  --write  record the counts in docs/costs.json and docs/costs.md
  --check  exit with 1 if a room of ${CHECKED_MEMBERS.join(', ')} differs from docs/costs.json
  --json   print JSON: npm run --silent cost -- --json
  --help   show this text
`;

const flag = { type: 'boolean', default: false } as const;

runCommand({ usage, options: { write: flag, check: flag, json: flag } }, async ({ write, check, json }) => {
  const counted = await count(check ? CHECKED_MEMBERS : MEMBERS);
  if (json)
    process.stdout.write(`${JSON.stringify({ prices, ...counted, bills: bill(counted) }, null, 2)}\n`);
  else print(counted);
  if (check) {
    const differences = compareRecords(readRecord(), counted);
    if (differences.length > 0) {
      throw new CommandError(`${differences.join('\n')}\nRun npm run cost -- --write, and check README.md.`);
    }
  }
  if (write) {
    writeFileSync(recordFile, `${JSON.stringify(counted, null, 2)}\n`);
    writeFileSync(page, replaceSection(readFileSync(page, 'utf8'), 'cost', renderTables(counted)));
  }
});

async function count(sizes: readonly number[]): Promise<CostRecord> {
  const app = await MeteredApp.start();
  try {
    const rooms: CostRecord['rooms'] = [];
    for (const members of sizes) {
      process.stderr.write(`Sending ${MESSAGES} messages of ${BYTES} bytes to a room of ${members}\n`);
      rooms.push({ members, usage: await app.measure({ members, messages: MESSAGES, bytes: BYTES }) });
    }
    process.stderr.write(`Typing in a room of ${TYPING_MEMBERS}\n`);
    const typing = { members: TYPING_MEMBERS, usage: await app.measureTyping(TYPING_MEMBERS) };
    return { bytes: BYTES, memory: app.memory, rooms, typing };
  } finally {
    await app.stop();
  }
}

function bill({ rooms, typing, memory }: CostRecord) {
  return [...rooms, typing].map(({ members, usage }) => ({ members, ...createBill(usage, memory) }));
}

function print(record: CostRecord): void {
  process.stdout.write(
    `Dollars per million messages or typing indicators (${prices.region}, ${prices.date})\n`,
  );
  console.table(
    [...record.rooms, record.typing].map((room) => {
      const { members, usage } = room;
      const parts = createBill(usage, record.memory);
      const rounded = Object.entries(parts).map(([part, price]) => [part, Number(price.toFixed(2))]);
      return {
        members,
        of: room === record.typing ? 'typing' : 'message',
        ...Object.fromEntries(rounded),
        total: formatDollars(totalOf(parts)),
      };
    }),
  );
}
