import type { JsonObject } from 'sam-offline/testing';
import type { Batch } from '../../aws/api-gateway/batch';
import { postBatch } from '../../aws/api-gateway/post-batch';
import { createSlowConnections } from '../../aws/api-gateway/slow-connections';
import { createRows, loadPostSettings, runFanOut } from '../../testbed/fan-out';
import { VirtualTime } from '../../testbed/virtual-time';

const settings = { PostRate: 1000, PostBurst: 400, BatchSize: 25 };
const QUERY_MS = 50;
const INVOKE_MS = 20;
/** The precision of timers, which wait for whole milliseconds. */
const TIMER_MS = 1;

interface Delivery {
  /** The times of the posts in milliseconds after the first post, in order. */
  times: number[];
  /** The number of rows in each batch. */
  batches: number[];
  /** The number of index keys. */
  keys: number;
}

/**
 * Runs the workflow and the post function in virtual time. Posts take no time, so only pacing delays them.
 *
 * @param keys the number of rows in each page, for each index key
 * @param queryMs returns the duration of a Query
 */
async function deliver(
  keys: readonly (readonly number[])[],
  queryMs = (_page: number, _key: number) => QUERY_MS,
): Promise<Delivery> {
  const clock = new VirtualTime();
  const times: number[] = [];
  const batches: number[] = [];
  const query = async (input: JsonObject) => {
    const { S: shard } = (input.ExpressionAttributeValues as { ':shard': { S: string } })[':shard'];
    const key = Number(shard.split('#')[1]);
    const page = Number((input.ExclusiveStartKey as { page: { N: string } } | undefined)?.page.N ?? 0);
    const pages = keys[key] as readonly number[];
    await clock.sleep(queryMs(page, key));
    const isLast = page + 1 === pages.length;
    return {
      Items: createRows(pages[page] as number),
      ...(isLast ? {} : { LastEvaluatedKey: { page: { N: String(page + 1) } } }),
    };
  };
  const poster = {
    post: async () => {
      times.push(clock.now());
      return 'delivered' as const;
    },
  };
  const invoke = async ({ Payload }: JsonObject) => {
    await clock.sleep(INVOKE_MS);
    const batch = Payload as unknown as Batch;
    batches.push(batch.rows.length);
    const { now, sleep } = clock;
    const deps = {
      ...loadPostSettings(settings),
      poster,
      connections: { getConnection: async () => undefined, close: async () => undefined },
      slow: createSlowConnections(now),
      now,
      sleep,
      random: Math.random,
      onPostFailed: () => undefined,
    };
    return { StatusCode: 200, Payload: await postBatch(deps, batch) };
  };
  const audience = keys.map((_, key) => `lobby#${key}`);
  const { now, sleep } = clock;
  const { record } = await clock.run(() =>
    runFanOut({ 'dynamodb.Query': query, 'lambda.Invoke': invoke }, { audience, settings, now, sleep }),
  );
  expect(record.status).toBe('SUCCEEDED');
  expect(times).toHaveLength(keys.flat().reduce((sum, rows) => sum + rows, 0));
  const [first = 0] = times;
  return { times: times.map((time) => time - first), batches, keys: keys.length };
}

/** Returns the largest number of posts by which a period exceeds PostRate. */
function findBurst(times: readonly number[]): number {
  const perMs = settings.PostRate / 1000;
  let burst = 0;
  let largest = 0;
  times.forEach((time, index) => {
    burst = Math.max(0, burst - (time - (times[index - 1] ?? time)) * perMs) + 1;
    largest = Math.max(largest, burst);
  });
  return largest;
}

/**
 * Expects that the posts never exceed PostRate plus PostBurst in any period of the delivery. The tolerance allows each index
 * key to post one row at the same time.
 */
function expectPace({ times, keys }: Delivery): void {
  const tolerance = keys + (settings.PostRate / 1000) * TIMER_MS;
  expect(findBurst(times)).toBeLessThanOrEqual(settings.PostBurst + tolerance);
}

const repeat = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);
const lastOf = ({ times }: Delivery) => times.at(-1) as number;

describe('the pace of the fan-out', () => {
  it('is unlimited for the rows of the burst, in batches of BatchSize', async () => {
    const { times, batches } = await deliver(repeat(4, [100]));
    expect(batches).toEqual(repeat(16, 25));
    expect(times).toEqual(repeat(400, 0));
  });

  it.each([1, 4])('equals PostRate after the burst in a room with %d index keys', async (keys) => {
    const delivery = await deliver(repeat(keys, repeat(4, 200)));
    expectPace(delivery);
    const paced = 800 * keys - 400;
    expect(lastOf(delivery)).toBeGreaterThanOrEqual(paced - keys - TIMER_MS);
    expect(lastOf(delivery)).toBeLessThan(paced + 50);
  });

  it('is shared by all index keys, with one batch per page if there are eight keys', async () => {
    const delivery = await deliver(repeat(8, [120, 120, 120]));
    expectPace(delivery);
    expect(delivery.batches).toEqual(repeat(24, 120));
    expect(lastOf(delivery)).toBeGreaterThanOrEqual(2880 - 8 - 400 - TIMER_MS);
    expect(lastOf(delivery)).toBeLessThan(2600);
  });

  it('is shared by the remaining index keys when others are finished', async () => {
    const delivery = await deliver([[100, 200, 200, 200, 200, 200], [100], ...repeat(6, [1])]);
    expectPace(delivery);
    // At an eighth of PostRate, the last 1,000 rows of the first key would take 8 s.
    expect(lastOf(delivery)).toBeLessThan(1200);
  });

  it('applies to the whole room if it has more index keys than are read in parallel', async () => {
    expectPace(await deliver(repeat(60, [20])));
  });

  it('compensates for a slow Query, up to the burst', async () => {
    const slow = await deliver(repeat(8, [120, 120, 120, 120]), (page) => (page === 2 ? 300 : QUERY_MS));
    expectPace(slow);
    expect(lastOf(slow)).toBeLessThan(3840 - 400 + 150);
  });

  it.each([
    ['all index keys', () => true],
    ['one index key', (key: number) => key === 3],
    ['all index keys but one', (key: number) => key !== 3],
  ])('does not compensate for a longer delay of %s', async (_, isSlow) => {
    const delay = (page: number, key: number) => (page === 1 && isSlow(key) ? 5000 : QUERY_MS);
    expectPace(await deliver(repeat(8, [120, 120, 120, 120]), delay));
  });

  it('accumulates no more posts than the burst', async () => {
    const delivery = await deliver([[...repeat(11, 1), 200, 200, 200]]);
    expectPace(delivery);
    // The burst covers 400 of the last 600 posts. The other 200 posts take 200 ms.
    const busy = lastOf(delivery) - (delivery.times[11] as number);
    expect(busy).toBeGreaterThanOrEqual(200 - TIMER_MS);
    expect(busy).toBeLessThan(250);
  });

  it('applies to pages of any size', async () => {
    const delivery = await deliver([[200, 200, 200, 100, 0]]);
    expectPace(delivery);
    expect(lastOf(delivery)).toBeGreaterThanOrEqual(300 - TIMER_MS);
  });
});
