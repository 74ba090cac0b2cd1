import type { JsonObject } from 'sam-offline/testing';
import { createRows, runFanOut } from '../support/fan-out';

interface Batch {
  key: string;
  rows: number;
  paceMs: number;
}

/** The time that a page takes in these tests, in addition to its pace. */
const OVERHEAD_MS = 50;
const parameters = { PostRate: '10000', PostBurst: '4000', ShardConcurrency: '2', BatchSize: '250' };

/** Runs the workflow for index keys with the given numbers of rows per page, and returns its batches in order. */
async function runPaced(
  pages: readonly number[],
  options: { keys?: number; parameters?: Record<string, string> } = {},
): Promise<Batch[]> {
  const batches: Batch[] = [];
  const clock = { now: 1_780_000_000_000 };
  const audience = Array.from({ length: options.keys ?? 1 }, (_, index) => `lobby#${index}`);
  const { record } = await runFanOut(
    {
      'dynamodb.Query': (input) => {
        const key = (input.ExpressionAttributeValues as { ':shard': { S: string } })[':shard'].S;
        const page = Number((input.ExclusiveStartKey as { page?: { N: string } } | undefined)?.page?.N ?? 0);
        clock.now += OVERHEAD_MS;
        return {
          Items: createRows(pages[page] as number, `${key} `),
          ...(page + 1 < pages.length ? { LastEvaluatedKey: { page: { N: String(page + 1) } } } : {}),
        };
      },
      'lambda.Invoke': ({ Payload }: JsonObject) => {
        const { rows, paceMs } = Payload as { rows: { connectionId: { S: string } }[]; paceMs: number };
        batches.push({ key: rows[0]?.connectionId.S.split(' ')[0] as string, rows: rows.length, paceMs });
        return { StatusCode: 200, Payload: { gone: [] } };
      },
    },
    {
      audience,
      parameters: { ...parameters, ...options.parameters },
      now: () => clock.now,
    },
  );
  expect(record.status).toBe('SUCCEEDED');
  return batches;
}

const summarize = (batches: readonly Batch[]) =>
  batches.map(({ rows, paceMs }) => [rows, Math.round(paceMs)]);

describe('the pace of the fan-out', () => {
  it('is unlimited for the rows of the burst, in batches of BatchSize', async () => {
    const batches = await runPaced([2000, 2000]);
    expect(batches.map(({ rows }) => rows)).toEqual(Array.from({ length: 16 }, () => 250));
    expect(batches.every(({ paceMs }) => paceMs === 0)).toBe(true);
  });

  it('is PostRate after the burst, less the time that has passed', async () => {
    // The burst of 4,000 posts and the refill during two more queries: 1,000 posts.
    const batches = await runPaced([2000, 2000, 2000, 2000]);
    expect(summarize(batches.slice(16))).toEqual([
      [1200, 100],
      [800, 100],
      [1200, 250],
      [800, 250],
    ]);
  });

  it('saves up no more than the burst', async () => {
    const batches = await runPaced([1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2000, 2000, 2000]);
    // 12 queries take longer than the 400 ms in which the burst is saved up.
    expect(summarize(batches.slice(-2))).toEqual([
      [1200, 100],
      [800, 100],
    ]);
  });

  it('is shared by the index keys that are read in parallel', async () => {
    const batches = await runPaced([2000, 2000], { keys: 2 });
    const paced = batches.filter(({ paceMs }) => paceMs > 0);
    expect(batches.reduce((sum, { rows }) => sum + rows, 0)).toBe(8000);
    // At half the rate, a key needs 800 ms for its rows. The burst takes 400 ms and four queries 200 ms at most.
    expect(paced.map(({ rows }) => rows)).toEqual([1200, 800, 1200, 800]);
    for (const { paceMs } of paced) {
      expect(paceMs).toBeGreaterThanOrEqual(200);
      expect(paceMs).toBeLessThanOrEqual(400);
    }
  });

  it('leaves no burst for index keys that are read later', async () => {
    const batches = await runPaced([2000], { keys: 3 });
    // 2,000 rows at half of PostRate, less one query.
    expect(summarize(batches.filter(({ key }) => key === 'lobby#2'))).toEqual([
      [1200, 350],
      [800, 350],
    ]);
  });

  it('applies to the rows of a page, however few', async () => {
    const batches = await runPaced([2000, 2000, 2000, 1000, 0]);
    expect(summarize(batches.slice(-1))).toEqual([[1000, 150]]);
  });

  it('is at most 20 seconds, so that the post function does not reach its timeout', async () => {
    const slow = await runPaced([2000, 2000, 2000], { parameters: { PostRate: '100', PostBurst: '1' } });
    expect(slow.at(-1)?.paceMs).toBe(20_000);
  });
});
