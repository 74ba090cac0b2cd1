// npm run scale: simulates the delivery of a message to rooms of up to a million members.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand, UsageError } from '../scripts/command-line';
import { CommandError } from '../scripts/stack';
import { replaceSection } from './generated-section';
import { type Measurement, measure, UNPACED } from './scale/measure';
import { formatMeasurement, plotReceipts, plotSizes, renderTables } from './scale/report';
import type { Scenario } from './scale/scenario';

const SIZES = [1000, 3000, 10_000, 30_000, 100_000, 300_000, 1_000_000];
/** The largest room for the simulation with one shard. In larger rooms, the workflow times out. */
const MAX_UNPACED_MEMBERS = 300_000;

/** The goals and the room size for which they apply. */
const GOAL_MEMBERS = 100_000;
const MAX_FLOOR_RATIO = 1.1;
const MAX_THROTTLED_SHARE = 0.001;

const docs = join(__dirname, '..', 'docs');

const usage = `
Simulates the delivery of a message to rooms of 1,000 to 1,000,000 members in virtual time. The workflow's definition and the
code of the post function run against simulated services, with AWS's quotas and typical latencies
(bench/scale/assumptions.ts). The results do not depend on the speed of the machine. Simulating all rooms takes about a minute.
Exits with 1 if a room of ${GOAL_MEMBERS.toLocaleString('en')} misses its goals.

  npm run scale -- [options]

  --max MEMBERS  skip larger rooms
  --write        record the results in docs/scale.md and its plots; not with --max
  --json FILE    also write the results to a file
  --help         show this text
`;

const options = {
  max: { type: 'string' },
  write: { type: 'boolean', default: false },
  json: { type: 'string' },
} as const;

runCommand({ usage, options }, async ({ max, write, json }) => {
  if (max !== undefined && write)
    throw new UsageError('--write records the results of all rooms. Omit --max or --write.');
  const sizes = max === undefined ? SIZES : SIZES.filter((members) => members <= Number(max));
  if (sizes.length === 0)
    throw new UsageError(`--max ${JSON.stringify(max)} is not a valid number of members. Use 1000 or more.`);
  const paced = await measureAll(sizes);
  const small = sizes.filter((members) => members <= MAX_UNPACED_MEMBERS);
  const unpaced = await measureAll(small, UNPACED);
  console.table(paced.map(formatMeasurement));
  process.stdout.write('\nWith one shard and without pacing:\n');
  console.table(unpaced.map(formatMeasurement));
  if (json) writeFileSync(json, `${JSON.stringify({ paced, unpaced }, null, 2)}\n`);
  if (write) record(paced, unpaced);
  checkGoals(paced);
});

async function measureAll(
  sizes: readonly number[],
  scenario: Pick<Scenario, 'shards' | 'settings'> = {},
): Promise<Measurement[]> {
  const measurements: Measurement[] = [];
  for (const members of sizes) {
    process.stderr.write(`Simulating a room of ${members.toLocaleString('en')}:`);
    const measured = measure({ ...scenario, members }, createProgress());
    measurements.push(await measured.finally(() => process.stderr.write('\n')));
  }
  return measurements;
}

/** Returns a callback that prints the progress in steps of 10 %. */
function createProgress(): (share: number) => void {
  let printed = 0;
  return (share) => {
    for (; printed < Math.floor(share * 10); printed += 1) process.stderr.write(` ${(printed + 1) * 10} %`);
  };
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
      `The last of ${GOAL_MEMBERS.toLocaleString('en')} members received the message after ${(lastMs / floorMs).toFixed(3)} times the ` +
        `floor, and API Gateway throttled ${(100 * throttledShare).toFixed(2)} % of the posts. The goals are ` +
        `${MAX_FLOOR_RATIO} times and ${100 * MAX_THROTTLED_SHARE} %.`,
    );
}
