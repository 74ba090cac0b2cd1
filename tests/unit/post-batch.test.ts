import type { PostResult } from '../../functions/aws/api-gateway/connections-api';
import {
  type PostBatchDependencies,
  postBatch,
  type RecipientRow,
} from '../../functions/aws/api-gateway/post-batch';

const frames = { plain: 'hello', 'roomcast.v1': '{"type":"message"}' };
const row = (id: string, protocol = 'plain'): RecipientRow => ({
  connectionId: { S: id },
  room: { S: 'lobby' },
  protocol: { S: protocol },
});

function world(answers: Record<string, (PostResult | Error)[]> = {}) {
  const posts: [string, string][] = [];
  const failures: unknown[] = [];
  const clock = { now: 0 };
  let underWay = 0;
  const most = { underWay: 0 };
  const deps: PostBatchDependencies = {
    poster: {
      async post(connectionId, frame) {
        posts.push([connectionId, frame]);
        underWay += 1;
        most.underWay = Math.max(most.underWay, underWay);
        await new Promise(setImmediate);
        underWay -= 1;
        const answer = answers[connectionId]?.shift() ?? 'delivered';
        if (answer instanceof Error) throw answer;
        return answer;
      },
    },
    concurrency: 4,
    now: () => clock.now,
    sleep: async (ms) => {
      clock.now += ms;
    },
    random: () => 1,
    onPostFailed: (error) => failures.push(error),
  };
  return { deps, posts, failures, most, clock };
}

describe('postBatch', () => {
  it('posts to each row the frame of its protocol, once', async () => {
    const { deps, posts } = world();
    const result = await postBatch(deps, { frames, rows: [row('a'), row('b', 'roomcast.v1')] });
    expect(result).toEqual({ delivered: 2, throttled: 0, failed: 0, gone: [] });
    expect(posts).toEqual([
      ['a', 'hello'],
      ['b', '{"type":"message"}'],
    ]);
  });

  it('keeps to its bound', async () => {
    const { deps, most } = world();
    const rows = Array.from({ length: 50 }, (_, index) => row(`c${index}`));
    expect(await postBatch(deps, { frames, rows })).toMatchObject({ delivered: 50 });
    expect(most.underWay).toBe(4);
  });

  it('names the gone by their table keys, and goes on', async () => {
    const { deps } = world({ b: ['gone'] });
    const result = await postBatch(deps, { frames, rows: [row('a'), row('b'), row('c')] });
    expect(result).toEqual({
      delivered: 2,
      throttled: 0,
      failed: 0,
      gone: [{ connectionId: { S: 'b' }, room: { S: 'lobby' } }],
    });
  });

  it('is patient with a throttled socket', async () => {
    const { deps, posts } = world({ a: ['throttled', 'throttled'] });
    expect(await postBatch(deps, { frames, rows: [row('a')] })).toMatchObject({ delivered: 1, throttled: 0 });
    expect(posts).toHaveLength(3);
  });

  it('leaves a socket alone that stays throttled, and counts it', async () => {
    const { deps, clock } = world({ a: Array.from({ length: 1000 }, () => 'throttled' as const) });
    expect(await postBatch(deps, { frames, rows: [row('a'), row('b')] })).toEqual({
      delivered: 1,
      throttled: 1,
      failed: 0,
      gone: [],
    });
    expect(clock.now).toBeLessThanOrEqual(3000);
  });

  it('counts and reports a post that fails, and delivers the others', async () => {
    const error = new Error('connection reset');
    const { deps, failures } = world({ a: [error, error] });
    const result = await postBatch(deps, { frames, rows: [row('a'), row('b')] });
    expect(result).toMatchObject({ delivered: 1, failed: 1 });
    expect(failures).toEqual([error]);
  });

  it('tries a post that failed once more', async () => {
    const { deps, failures } = world({ a: [new Error('connection reset')] });
    expect(await postBatch(deps, { frames, rows: [row('a')] })).toMatchObject({ delivered: 1, failed: 0 });
    expect(failures).toEqual([]);
  });

  it('leaves out rows whose protocol the event has no frame for', async () => {
    const { deps, posts } = world();
    const notice = { 'roomcast.v1': '{"type":"memberJoined"}' };
    await postBatch(deps, { frames: notice, rows: [row('a'), row('b', 'roomcast.v1')] });
    expect(posts).toEqual([['b', notice['roomcast.v1']]]);
  });

  it('takes an empty batch', async () => {
    const { deps } = world();
    const result = await postBatch(deps, { frames, rows: [] });
    expect(result).toEqual({ delivered: 0, throttled: 0, failed: 0, gone: [] });
  });
});
