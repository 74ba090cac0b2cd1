// npm run cost: counts the AWS usage of messages in a local run and calculates their price on AWS.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PRICES as prices } from 'sam-offline';
import { runCommand } from '../scripts/command-line';
import { CommandError } from '../scripts/stack';
import { listAttackCosts, measureAttacks } from './cost/attacks';
import { totalOf } from './cost/bill';
import { type Chat, REFERENCE_CHATS, ROOMCAST } from './cost/chats';
import { formatDollars, listBills, renderTables } from './cost/document';
import { measureFeatures } from './cost/features';
import { computeIdleCost, type IdleCost } from './cost/idle';
import { MeteredApp } from './cost/measure';
import {
  type CostRecord,
  compareRecords,
  type ReferenceRecord,
  readRecord,
  recordFile,
  root,
} from './cost/record';
import { replaceSection } from './generated-section';

const MEMBERS = [10, 100, 1000];
/** The room sizes that the check covers. Larger rooms take longer and make the same kinds of calls. */
const CHECKED_MEMBERS = [10];
const TYPING_MEMBERS = 10;
const TEXT_MEMBERS = 10;
/** The sizes of larger texts, up to the default of `MaxTextBytes`. */
const TEXTS = [1024, 2048, 4096];
/**
 * The number of messages. It is a multiple of the number that one lot of the IP address's budget pays for: see `LOT_UNITS`.
 */
const MESSAGES = 20;
const REFERENCE_MEMBERS = [10, 100];
const REFERENCE_MESSAGES = 5;
const BYTES = 200;
const page = join(root, 'docs', 'costs.md');

const usage = `
Sends messages of several sizes to rooms of several sizes in a local runtime, announces that members are typing, replies, reacts, and stores read positions. Does the
same with the reference designs of npm run bench, and with requests that an attacker would repeat. Counts the calls, units and bytes that they use, and multiplies them by the
prices in packages/sam-offline/src/cost/prices.json.

  npm run cost -- [options]

  --write  record the counts in docs/costs.json and docs/costs.md
  --check  exit with 1 if messages of ${BYTES} bytes to a room of ${CHECKED_MEMBERS.join(', ')}, or typing, differ from docs/costs.json.
           Counts nothing else
  --json   print JSON: npm run --silent cost -- --json
  --help   show this text
`;

const flag = { type: 'boolean', default: false } as const;

runCommand({ usage, options: { write: flag, check: flag, json: flag } }, async ({ write, check, json }) => {
  const app = await countApp(check ? CHECKED_MEMBERS : MEMBERS, check ? [] : TEXTS);
  const idle = computeIdleCost();
  const counted = { ...app, references: check ? [] : await countReferences() };
  if (json)
    process.stdout.write(
      `${JSON.stringify({ prices, idle, ...counted, bills: listBills(counted) }, null, 2)}\n`,
    );
  else print(counted, idle);
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

async function countApp(
  sizes: readonly number[],
  texts: readonly number[],
): Promise<Omit<CostRecord, 'references'>> {
  return runChat('Roomcast', ROOMCAST, async (app, measure) => {
    const { megabytes } = app;
    const postConcurrency = Number(app.environmentOf('PostFunction', 'POST_CONCURRENCY'));
    const rooms: CostRecord['rooms'] = [];
    for (const members of sizes) rooms.push(await measure(members, MESSAGES));
    const larger: CostRecord['texts'] = [];
    for (const bytes of texts) larger.push({ bytes, ...(await measure(TEXT_MEMBERS, MESSAGES, bytes)) });
    process.stderr.write(`Roomcast: typing in a room of ${TYPING_MEMBERS}\n`);
    const typing = { members: TYPING_MEMBERS, usage: await app.measureTyping(TYPING_MEMBERS) };
    const features = texts.length > 0 ? await measureFeatures(app) : [];
    const attacks = texts.length > 0 ? await measureAttacks(app) : [];
    return {
      bytes: BYTES,
      memory: { megabytes, postConcurrency },
      rooms,
      texts: larger,
      typing,
      features,
      attacks,
    };
  });
}

async function countReferences(): Promise<ReferenceRecord[]> {
  const references: ReferenceRecord[] = [];
  for (const { name, chat } of REFERENCE_CHATS) {
    const counted = await runChat(name, chat, async (app, measure) => {
      const rooms: ReferenceRecord['rooms'] = [];
      for (const members of REFERENCE_MEMBERS) rooms.push(await measure(members, REFERENCE_MESSAGES));
      return { name, megabytes: app.megabytes, rooms };
    });
    references.push(counted);
  }
  return references;
}

type Measure = (members: number, messages: number, bytes?: number) => Promise<CostRecord['rooms'][number]>;

/** Starts a chat, runs `work`, and stops the chat. */
async function runChat<T>(
  name: string,
  chat: Chat,
  work: (app: MeteredApp, measure: Measure) => Promise<T>,
): Promise<T> {
  const app = await MeteredApp.start(chat);
  try {
    return await work(app, async (members, messages, bytes = BYTES) => {
      process.stderr.write(`${name}: ${messages} messages of ${bytes} bytes to a room of ${members}\n`);
      return { members, usage: await app.measure({ members, messages, bytes }) };
    });
  } finally {
    await app.stop();
  }
}

function print(record: CostRecord, idle: IdleCost): void {
  const { secrets, alarms, alarmMetrics, sweeps, dollars } = idle;
  process.stdout.write(
    `An idle stack costs $${dollars.total.toFixed(2)} per month: ${secrets} secrets $${dollars.secrets.toFixed(2)}, ` +
      `${alarms} alarms on ${alarmMetrics} metrics $${dollars.alarms.toFixed(2)}, ` +
      `${sweeps} sweeps $${dollars.sweeps.toFixed(2)}\n`,
  );
  process.stdout.write(
    `Dollars per million messages or typing indicators (${prices.region}, ${prices.date})\n`,
  );
  if (record.attacks.length > 0) {
    process.stdout.write('Dollars per hour that an attacker can cause under the default limits\n');
    console.table(
      listAttackCosts(record.attacks, record.memory).map(({ label, one, hundred }) => ({
        attack: label,
        'one address': formatDollars(one.dollars),
        'a hundred addresses': formatDollars(hundred.dollars),
      })),
    );
  }
  console.table(
    listBills(record).map(({ bill, ...row }) => {
      const rounded = Object.entries(bill).map(([part, price]) => [part, Number(price.toFixed(2))]);
      return { ...row, ...Object.fromEntries(rounded), total: formatDollars(totalOf(bill)) };
    }),
  );
}
