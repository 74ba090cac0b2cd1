import { PostError } from '../transport/poster';
import type { Batch, RecipientRow } from './batch';
import type { PostResult } from './connections-api';
import { type PostBatchDependencies, postBatch } from './post-batch';
import { createSlowConnections } from './slow-connections';

const frames = { plain: 'hello', 'roomcast.v1': '{"type":"message"}' };
const createRow = (id: string, protocol = 'plain'): RecipientRow => ({
  connectionId: { S: id },
  room: { S: 'lobby' },
  protocol: { S: protocol },
});

const throttle = () => Array.from({ length: 1000 }, (): PostResult => 'throttled');

function setUp(results: Record<string, (PostResult | Error)[]> = {}) {
  const posts: [string, string][] = [];
  const closed: string[] = [];
  const failures: unknown[] = [];
  const clock = { now: 0 };
  const account = { isThrottled: false };
  let pending = 0;
  const maximum = { pending: 0 };
  const deps: PostBatchDependencies = {
    poster: {
      async post(connectionId, frame) {
        posts.push([connectionId, frame]);
        pending += 1;
        maximum.pending = Math.max(maximum.pending, pending);
        await new Promise(setImmediate);
        pending -= 1;
        const result = results[connectionId]?.shift() ?? 'delivered';
        if (result instanceof Error) throw result;
        return result;
      },
    },
    connections: {
      async getConnection() {
        if (account.isThrottled) throw new Error('Rate exceeded.');
        return undefined;
      },
      async close(connectionId) {
        closed.push(connectionId);
      },
    },
    slow: createSlowConnections(() => clock.now),
    concurrency: 4,
    rate: 100,
    burst: 100,
    now: () => clock.now,
    sleep: async (ms) => {
      clock.now += ms;
    },
    random: () => 1,
    onPostFailed: (error) => failures.push(error),
  };
  return { deps, posts, closed, failures, maximum, clock, account };
}

describe('postBatch', () => {
  it('posts to each row once, with the frame for its protocol', async () => {
    const { deps, posts } = setUp();
    const result = await postBatch(deps, { frames, rows: [createRow('a'), createRow('b', 'roomcast.v1')] });
    expect(result).toEqual({ delivered: 2, throttled: 0, closed: 0, failed: 0, refused: 0, gone: [] });
    expect(posts).toEqual([
      ['a', 'hello'],
      ['b', '{"type":"message"}'],
    ]);
  });

  it('does not exceed the configured concurrency', async () => {
    const { deps, maximum } = setUp();
    const rows = Array.from({ length: 50 }, (_, index) => createRow(`c${index}`));
    expect(await postBatch(deps, { frames, rows })).toMatchObject({ delivered: 50 });
    expect(maximum.pending).toBe(4);
  });

  it('returns the table keys of stale connections and continues', async () => {
    const { deps } = setUp({ b: ['gone'] });
    const result = await postBatch(deps, { frames, rows: [createRow('a'), createRow('b'), createRow('c')] });
    expect(result).toEqual({
      delivered: 2,
      throttled: 0,
      closed: 0,
      failed: 0,
      refused: 0,
      gone: [{ connectionId: { S: 'b' }, room: { S: 'lobby' } }],
    });
  });

  it('counts and reports a failed post, and delivers the other posts', async () => {
    const error = new PostError(403, 'ForbiddenException', 'Forbidden');
    const { deps, failures } = setUp({ a: [error] });
    const result = await postBatch(deps, { frames, rows: [createRow('a'), createRow('b')] });
    expect(result).toMatchObject({ delivered: 1, failed: 1, refused: 1 });
    expect(failures).toEqual([error]);
  });

  it('does not retry a rejected post', async () => {
    const { deps, posts } = setUp({ a: [new PostError(413, 'PayloadTooLargeException', 'Too large')] });
    await postBatch(deps, { frames, rows: [createRow('a')] });
    expect(posts).toHaveLength(1);
  });

  it('retries connection errors until the deadline', async () => {
    const error = new Error('connection reset');
    const { deps, failures, clock } = setUp({ a: Array.from({ length: 1000 }, () => error) });
    expect(await postBatch(deps, { frames, rows: [createRow('a')] })).toMatchObject({ failed: 1 });
    expect(failures).toEqual([error]);
    expect(clock.now).toBeGreaterThan(1000);
    expect(clock.now).toBeLessThanOrEqual(3000);
  });

  it.each([
    ['a post that API Gateway does not authorize', new PostError(403, 'ForbiddenException', 'Forbidden'), 1],
    ['a post that does not reach API Gateway', new Error('connect ECONNREFUSED'), 1],
    ['a post that fails for one connection', new PostError(500, undefined, 'Internal server error'), 0],
  ])('counts %s as failed, and as refused if all other posts would fail too', async (_, error, refused) => {
    const { deps } = setUp({ a: Array(100).fill(error) });
    const result = await postBatch(deps, { frames, rows: [createRow('a'), createRow('b')] });
    expect(result).toMatchObject({ delivered: 1, failed: 1, refused });
  });

  it.each([new Error('connection reset'), new PostError(502, undefined, 'Bad gateway')])(
    'retries after %s and delivers',
    async (error) => {
      const { deps, failures } = setUp({ a: [error, error, error] });
      expect(await postBatch(deps, { frames, rows: [createRow('a')] })).toMatchObject({
        delivered: 1,
        failed: 0,
      });
      expect(failures).toEqual([]);
    },
  );

  it('skips rows whose protocol has no frame in the event', async () => {
    const { deps, posts } = setUp();
    const notice = { 'roomcast.v1': '{"type":"memberJoined"}' };
    await postBatch(deps, { frames: notice, rows: [createRow('a'), createRow('b', 'roomcast.v1')] });
    expect(posts).toEqual([['b', notice['roomcast.v1']]]);
  });

  describe('after the burst', () => {
    /** Runs a batch and returns the times of its posts. */
    async function recordTimes(batch: Omit<Batch, 'frames' | 'rows'>, postMs = 0): Promise<number[]> {
      const { deps, clock } = setUp();
      const times: number[] = [];
      const poster = {
        async post() {
          times.push(clock.now);
          clock.now += postMs;
          return 'delivered' as const;
        },
      };
      clock.now = 5000;
      const rows = ['a', 'b', 'c', 'd'].map((id) => createRow(id));
      await postBatch({ ...deps, poster, concurrency: 1 }, { frames, rows, ...batch });
      return times.map((time) => time - 5000);
    }

    it('posts at the rate', async () => {
      expect(await recordTimes({ position: 100 })).toEqual([0, 10, 20, 30]);
      expect(await recordTimes({ position: 110 })).toEqual([100, 110, 120, 130]);
    });

    it('shares the rate with the other index keys', async () => {
      expect(await recordTimes({ position: 100, keys: 3 })).toEqual([0, 30, 60, 90]);
    });

    it('subtracts the time since the start of the fan-out', async () => {
      expect(await recordTimes({ position: 110, elapsedMs: 60 })).toEqual([40, 50, 60, 70]);
      expect(await recordTimes({ position: 110, elapsedMs: 140 })).toEqual([0, 0, 0, 0]);
    });

    it('spreads the posts evenly if the burst ends within the batch', async () => {
      expect(await recordTimes({ position: 98 })).toEqual([0, 5, 10, 15]);
    });

    it('does not wait if posts take longer than the interval', async () => {
      expect(await recordTimes({ position: 100 }, 15)).toEqual([0, 15, 30, 45]);
    });

    it('waits at most 20 seconds to stay below the timeout of the function', async () => {
      expect(await recordTimes({ position: 1100, keys: 1000 })).toEqual([10_000, 12_500, 15_000, 17_500]);
      expect(await recordTimes({ position: 9000 })).toEqual([20_000, 20_000, 20_000, 20_000]);
    });
  });

  it('does not wait during the burst', async () => {
    const { deps, clock } = setUp();
    const rows = Array.from({ length: 100 }, (_, index) => createRow(`c${index}`));
    await postBatch(deps, { frames, rows });
    expect(clock.now).toBe(0);
  });

  describe('when the account is throttled', () => {
    it('retries throttled posts', async () => {
      const { deps, posts, account } = setUp({ a: ['throttled', 'throttled'] });
      account.isThrottled = true;
      expect(await postBatch(deps, { frames, rows: [createRow('a')] })).toMatchObject({
        delivered: 1,
        throttled: 0,
      });
      expect(posts).toHaveLength(3);
    });

    it('gives up at the deadline, counts the post, and closes no connection', async () => {
      const { deps, clock, account, closed } = setUp({ a: throttle() });
      account.isThrottled = true;
      for (let message = 0; message < 20; message += 1) {
        const startedAt = clock.now;
        const result = await postBatch(deps, { frames, rows: [createRow('a'), createRow('b')] });
        expect(result).toEqual({ delivered: 1, throttled: 1, closed: 0, failed: 0, refused: 0, gone: [] });
        expect(clock.now - startedAt).toBeLessThanOrEqual(3000);
      }
      expect(closed).toEqual([]);
    });

    it('doubles the wait between attempts, with jitter', async () => {
      const { deps, account } = setUp({ a: throttle() });
      account.isThrottled = true;
      const waits: number[] = [];
      const sleep = (ms: number) => {
        waits.push(ms);
        return deps.sleep(ms);
      };
      await postBatch({ ...deps, sleep, random: () => 0.5 }, { frames, rows: [createRow('a')] });
      expect(waits).toEqual([25, 50, 100, 200, 400, 800]);
    });

    it.each([
      ['an attempt at the deadline', 0.90625, 7],
      ['no attempt after the deadline', 0.91, 6],
    ])('makes %s', async (_, lastJitter, attempts) => {
      const { deps, posts, clock, account } = setUp({ a: throttle() });
      account.isThrottled = true;
      // Five full waits add up to 1,550 ms. The sixth wait is a fraction of 1,600 ms: with 0.90625, it ends at 3,000 ms.
      const jitters = [1, 1, 1, 1, 1, lastJitter, 1];
      const random = () => jitters.shift() as number;
      await postBatch({ ...deps, random }, { frames, rows: [createRow('a')] });
      expect(posts).toHaveLength(attempts);
      expect(clock.now).toBe(attempts === 7 ? 3000 : 1550);
    });

    it('retries for up to three seconds after the last post is due', async () => {
      const { deps, clock, posts, account } = setUp({ a: throttle() });
      account.isThrottled = true;
      const random = () => 0.01;
      await postBatch({ ...deps, random }, { frames, rows: [createRow('a')], position: 1099 });
      expect(clock.now).toBeGreaterThan(10_000);
      expect(clock.now).toBeLessThanOrEqual(13_000);
      expect(posts.length).toBeGreaterThan(10);
    });
  });

  describe('when the buffer of a client is full', () => {
    const rows = [createRow('a'), createRow('b'), createRow('c')];

    it('posts to the other clients first, and then retries for a short time', async () => {
      const { deps, posts, clock } = setUp({ a: throttle() });
      const result = await postBatch(deps, { frames, rows });
      expect(result).toEqual({ delivered: 2, throttled: 1, closed: 0, failed: 0, refused: 0, gone: [] });
      expect(posts.map(([id]) => id)).toEqual(['a', 'b', 'c', 'a', 'a']);
      expect(clock.now).toBe(150);
    });

    it('delivers on the second attempt', async () => {
      const { deps } = setUp({ a: ['throttled'] });
      expect(await postBatch(deps, { frames, rows })).toMatchObject({ delivered: 3, throttled: 0 });
    });

    it('waits for the slow clients of a room at most once every two seconds', async () => {
      const { deps, posts, clock } = setUp({ a: throttle(), b: throttle() });
      for (let message = 0; message < 40; message += 1) {
        await postBatch(deps, { frames, rows: rows.slice(message % 2, 2) });
        clock.now += 25;
      }
      // The 40 messages take 60 first attempts and 1,000 ms. The retries take 150 ms.
      expect(posts.length - 60).toBe(4);
      expect(clock.now).toBe(40 * 25 + 150);
    });

    it('waits for the clients of each room separately', async () => {
      const { deps, clock } = setUp({ a: throttle(), b: throttle() });
      await postBatch(deps, { frames, rows: [createRow('a')] });
      await postBatch(deps, { frames, rows: [{ ...createRow('b'), room: { S: '483920117' } }] });
      expect(clock.now).toBe(300);
    });

    it('waits for a client whose last frame was delivered, even if the room has just waited for other clients', async () => {
      const { deps } = setUp({ a: throttle(), b: ['throttled'] });
      await postBatch(deps, { frames, rows: [createRow('a')] });
      expect(await postBatch(deps, { frames, rows })).toMatchObject({ delivered: 2, throttled: 1 });
    });

    it('closes the connection after five undelivered messages in ten seconds, and returns its key', async () => {
      const { deps, closed, clock } = setUp({ a: throttle() });
      const run = () => postBatch(deps, { frames, rows });
      for (let message = 0; message < 4; message += 1) await run();
      clock.now = 9000;
      expect(await run()).toMatchObject({ throttled: 1, closed: 0, gone: [] });
      clock.now = 10_300;
      expect(await run()).toMatchObject({
        throttled: 1,
        closed: 1,
        gone: [{ connectionId: { S: 'a' }, room: { S: 'lobby' } }],
      });
      expect(closed).toEqual(['a']);
    });

    it.each([
      ['a delivered message', ['delivered'] as const, 0],
      ['a minute without messages', [], 60_001],
    ])('does not count failures before %s', async (_, between, pause) => {
      const stalls = Array.from({ length: 12 }, () => 'throttled' as const); // three attempts of four messages
      const { deps, closed, clock } = setUp({ a: [...stalls, ...between, ...throttle()] });
      const run = async () => {
        clock.now += 2500;
        await postBatch(deps, { frames, rows });
      };
      for (let message = 0; message < 4; message += 1) await run();
      clock.now += pause;
      for (let message = 0; message < 4; message += 1) await run();
      expect(closed).toEqual([]);
      await run();
      await run();
      expect(closed).toEqual(['a']);
    });

    it('reports a connection that it failed to close, and tries again with the next message', async () => {
      const { deps, failures, clock } = setUp({ a: throttle() });
      const error = new Error('Rate exceeded.');
      const close = jest.fn(async () => {}).mockRejectedValueOnce(error);
      const connections = { ...deps.connections, close };
      const run = () => postBatch({ ...deps, connections }, { frames, rows });
      for (let message = 0; message < 5; message += 1) await run();
      clock.now += 10_000;
      expect(await run()).toMatchObject({ closed: 0, gone: [] });
      expect(failures).toEqual([error]);
      expect(await run()).toMatchObject({ closed: 1 });
    });
  });

  it('accepts an empty batch', async () => {
    const { deps } = setUp();
    const result = await postBatch(deps, { frames, rows: [] });
    expect(result).toEqual({ delivered: 0, throttled: 0, closed: 0, failed: 0, refused: 0, gone: [] });
  });
});
