// npm run scale: simulates the delivery of a message to rooms of up to a million members.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from './command-line';
import { replaceSection } from './generated-section';
import { type Measurement, measure, UNPACED } from './scale/measure';
import { describe, plotReceipts, plotSizes, renderTables } from './scale/report';
import type { Scenario } from './scale/simulate';
import { CommandError } from './stack';

const SIZES = [1000, 3000, 10_000, 30_000, 100_000, 300_000, 1_000_000];
/** Without pacing, the throttled posts of a larger room take minutes to simulate. */
const MAX_UNPACED_MEMBERS = 100_000;
/** Messages per size of a paced room. In larger rooms, a single latency has little effect. */
const MESSAGES = 3;
const MAX_REPEATED_MEMBERS = 100_000;

/** The goals, and the room for which they hold. */
const GOAL_MEMBERS = 100_000;
const MAX_FLOOR_RATIO = 1.1;
const MAX_THROTTLED_SHARE = 0.001;

const docs = join(__dirname, '..', 'docs');

const usage = `
Simulates the delivery of a message to rooms of 1,000 to 1,000,000 members in virtual time. The workflow's definition and the
code of the post function run against simulated services, with AWS's quotas and typical latencies
(scripts/scale/assumptions.ts). Simulating all rooms takes several minutes.
Exits with 1 if a room of ${GOAL_MEMBERS.toLocaleString('en')} misses its goals.

  npm run scale -- [options]

  --max MEMBERS  skip larger rooms
  --write        record the results of all rooms in docs/scale.md and its plots
  --json FILE    also write the results to a file
  --help         show this text
`;

const options = {
  max: { type: 'string', default: String(SIZES.at(-1)) },
  write: { type: 'boolean', default: false },
  json: { type: 'string' },
} as const;

runCommand({ usage, options }, async ({ max, write, json }) => {
  const sizes = SIZES.filter((members) => members <= Number(max));
  const paced = await measureAll(sizes, MESSAGES);
  const small = sizes.filter((members) => members <= MAX_UNPACED_MEMBERS);
  const unpaced = await measureAll(small, 1, UNPACED);
  console.table(paced.map(describe));
  process.stdout.write('\nWith one shard and without pacing:\n');
  console.table(unpaced.map(describe));
  if (json) writeFileSync(json, `${JSON.stringify({ paced, unpaced }, null, 2)}\n`);
  if (write) record(paced, unpaced);
  checkGoals(paced);
});

async function measureAll(
  sizes: readonly number[],
  messages: number,
  scenario: Pick<Scenario, 'shards' | 'parameters'> = {},
): Promise<Measurement[]> {
  const measurements: Measurement[] = [];
  for (const members of sizes) {
    process.stderr.write(`Simulating a room of ${members.toLocaleString('en')}\n`);
    measurements.push(
      await measure({ ...scenario, members }, members <= MAX_REPEATED_MEMBERS ? messages : 1),
    );
  }
  return measurements;
}

function record(paced: readonly Measurement[], unpaced: readonly Measurement[]): void {
  const page = join(docs, 'scale.md');
  writeFileSync(page, replaceSection(readFileSync(page, 'utf8'), 'scale', renderTables(paced, unpaced)));
  writeFileSync(join(docs, 'images', 'scale-sizes.svg'), plotSizes(paced, unpaced));
  writeFileSync(join(docs, 'images', 'scale-receipts.svg'), plotReceipts(paced, unpaced));
}

function checkGoals(measurements: readonly Measurement[]): void {
  const room = measurements.find(({ members }) => members === GOAL_MEMBERS);
  if (!room) return;
  const { lastMs, floorMs, throttledShare } = room;
  if (lastMs > floorMs * MAX_FLOOR_RATIO || throttledShare > MAX_THROTTLED_SHARE)
    throw new CommandError(
      `A room of ${GOAL_MEMBERS} exceeds ${MAX_FLOOR_RATIO} times the quota's floor, or ${MAX_THROTTLED_SHARE * 100} % of throttled posts.`,
    );
}
