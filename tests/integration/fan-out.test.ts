import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import validate from 'asl-validator';
import { AwsError, type JsonObject } from 'sam-offline/testing';
import { createMessageSent } from '../../chat/protocol/serialize';
import type { Entry } from '../../chat/types';
import { createRows, loadFanOut, runFanOut } from '../../testbed/fan-out';
import { root } from '../../testbed/template';

const KEY = { connectionId: { S: 'c1' }, room: { S: 'lobby' } };
const ROW = { ...KEY, userId: { S: 'g-1' }, username: { S: 'Ada' }, joinedAt: { N: '1' } };
/** A message with the maximum `MaxTextBytes`. Each character is escaped in each frame and again in the event. */
const LARGEST_ENTRY: Entry = {
  room: '483920117',
  epoch: 'abcdefghijkl',
  seq: Number.MAX_SAFE_INTEGER,
  kind: 'message',
  messageId: '01ARZ3NDEKTSV4RRFFQ69G5FAV',
  clientMsgId: '7b0f3c1e-54a6-4c52-9d52-6f1f6c0f8a11',
  from: { userId: `g-${'u'.repeat(22)}`, username: '"'.repeat(32) },
  text: '"'.repeat(16_384),
  ts: Date.UTC(2026, 0, 1),
};
const KEYS = Array.from({ length: 8 }, (_, shard) => `lobby#${shard}`);
const deliverAll = ({ Payload }: JsonObject) => {
  const batch = Payload as { rows: unknown[] };
  return { StatusCode: 200, Payload: { delivered: batch.rows.length, throttled: 0, failed: 0, gone: [] } };
};
const returnPage = (count: number) => () => ({ Items: createRows(count), Count: count });
const failWith =
  (code: string, status = 400) =>
  () => {
    throw new AwsError(code, code, status);
  };
const postedIds = (calls: { service: string; input: JsonObject }[]) =>
  calls
    .filter(({ service }) => service === 'lambda')
    .flatMap(({ input }) => (input.Payload as { rows: { connectionId: { S: string } }[] }).rows)
    .map(({ connectionId }) => connectionId.S);

describe('statemachines/fan-out.asl.json', () => {
  it('is a valid definition after the substitutions', () => {
    expect(validate(loadFanOut().definition)).toMatchObject({ isValid: true, errors: [] });
  });

  it('has a timeout on every task and jitter on every retry', () => {
    const text = readFileSync(join(root, 'statemachines', 'fan-out.asl.json'), 'utf8');
    const tasks: Record<string, unknown>[] = [];
    const retriers: Record<string, unknown>[] = [];
    JSON.parse(text, (key, value) => {
      if (value?.Type === 'Task') tasks.push(value);
      if (key === 'Retry') retriers.push(...value);
      return value;
    });
    expect([tasks.length, retriers.length]).toEqual([5, 6]);
    for (const task of tasks) expect(task.TimeoutSeconds).toEqual(expect.any(Number));
    expect(JSON.parse(text).TimeoutSeconds).toBeLessThan(300);
    for (const { MaxAttempts, JitterStrategy } of retriers) {
      expect(MaxAttempts === 0 || JitterStrategy === 'FULL').toBe(true);
    }
  });

  it('reads page by page and posts each row once in batches', async () => {
    const pages = [2000, 2000, 1];
    const { record, calls } = await runFanOut({
      'dynamodb.Query': (_, call) => ({
        Items: createRows(pages[call - 1] as number, `p${call}-`),
        ...(call < pages.length ? { LastEvaluatedKey: { connectionId: { S: `end of ${call}` } } } : {}),
      }),
      'lambda.Invoke': deliverAll,
    });
    expect(record.status).toBe('SUCCEEDED');
    const queries = calls.filter(({ action }) => action === 'Query').map(({ input }) => input);
    expect(queries.map(({ ExclusiveStartKey }) => ExclusiveStartKey)).toEqual([
      undefined,
      { connectionId: { S: 'end of 1' } },
      { connectionId: { S: 'end of 2' } },
    ]);
    expect(queries[0]).toMatchObject({
      IndexName: 'RoomIndex',
      Limit: 1200,
      KeyConditionExpression: 'roomShard = :shard',
      ExpressionAttributeValues: {
        ':shard': { S: 'lobby#0' },
        ':now': { N: expect.stringMatching(/^\d{10}$/) },
      },
    });
    const recipients = postedIds(calls);
    expect(recipients).toHaveLength(4001);
    expect(new Set(recipients).size).toBe(4001);
    expect(calls.filter(({ action }) => action === 'Invoke')).toHaveLength(13);
  });

  it('keeps a page of 2,000 rows with the largest frames below 256 KiB', async () => {
    const limit = 262_144;
    const detail = createMessageSent(LARGEST_ENTRY, 1).detail;
    const rows = Array.from({ length: 2000 }, (_, index) => ({
      connectionId: { S: `${String(index).padStart(15, 'L')}=` },
      room: { S: LARGEST_ENTRY.room },
      protocol: { S: 'roomcast.v1' },
    }));
    const { record, calls } = await runFanOut(
      { 'dynamodb.Query': () => ({ Items: rows, Count: 2000 }), 'lambda.Invoke': deliverAll },
      { detail },
    );
    expect(record).toMatchObject({ status: 'SUCCEEDED' });
    expect(new Set(postedIds(calls)).size).toBe(2000);

    const { room, seq, messageId, acceptedAt, frames } = detail;
    const about = { room, seq, messageId, acceptedAt };
    const payloads = calls
      .filter(({ action }) => action === 'Invoke')
      .map(
        ({ input }) =>
          input.Payload as { rows: unknown[]; keys: number; position: number; elapsedMs: number },
      );
    for (const { rows: _, position, elapsedMs, ...rest } of payloads) {
      expect(rest).toEqual({ about, frames, keys: 1 });
      expect([position, elapsedMs]).toEqual([expect.any(Number), expect.any(Number)]);
    }
    expect(payloads.map(({ rows: batch }) => batch.length)).toEqual([350, 350, 350, 350, 350, 250]);
    const inputs = record.transitions.filter(({ name }) => name === 'Post a batch').map(({ input }) => input);
    expect(inputs).toEqual(
      payloads.map(({ rows: batch, keys, position }) => ({ rows: batch, keys, position })),
    );
    // AWS does not document whether the limit applies to the combined inputs of all iterations. If each input contained the
    // frames, the combined size would exceed the limit.
    const countBytes = (values: unknown[]) => Buffer.byteLength(JSON.stringify(values));
    expect(countBytes([detail])).toBeLessThanOrEqual(limit); // the limit of a PutEvents entry and of an execution input
    expect(countBytes(inputs)).toBeLessThanOrEqual(limit);
    expect(countBytes(payloads)).toBeGreaterThan(limit);
    for (const payload of payloads) expect(countBytes([payload])).toBeLessThanOrEqual(limit);

    const ofEightKeys = await runFanOut(
      { 'dynamodb.Query': () => ({ Items: rows, Count: 2000 }), 'lambda.Invoke': deliverAll },
      { detail: { ...detail, audience: KEYS } },
    );
    const larger = ofEightKeys.calls
      .filter(({ action }) => action === 'Invoke')
      .map(({ input }) => input.Payload as { rows: unknown[] });
    expect(larger.map(({ rows: batch }) => batch.length).sort()).toEqual(
      [...Array(8).fill(1200), ...Array(8).fill(800)].sort(),
    );
    for (const payload of larger) expect(countBytes([payload])).toBeLessThanOrEqual(limit);
  });

  it('supports empty rooms, empty pages, and several index keys', async () => {
    const empty = await runFanOut({ 'dynamodb.Query': returnPage(0) });
    expect(empty.record).toMatchObject({ status: 'SUCCEEDED' });

    const filtered = await runFanOut({
      'dynamodb.Query': (_, call) =>
        call === 1 ? { Items: [], LastEvaluatedKey: { connectionId: { S: 'x' } } } : { Items: createRows(1) },
      'lambda.Invoke': deliverAll,
    });
    expect(postedIds(filtered.calls)).toEqual(['c0']);

    const sharded = await runFanOut(
      {
        'dynamodb.Query': ({ ExpressionAttributeValues }) => ({
          Items: createRows(3, `${(ExpressionAttributeValues as { ':shard': { S: string } })[':shard'].S}-`),
        }),
        'lambda.Invoke': deliverAll,
      },
      { audience: ['lobby#0', 'lobby#1'] },
    );
    expect(postedIds(sharded.calls).sort()).toEqual(
      ['lobby#0-c0', 'lobby#0-c1', 'lobby#0-c2', 'lobby#1-c0', 'lobby#1-c1', 'lobby#1-c2'].map((id) =>
        id.replace('-c', '-'),
      ),
    );
  });

  it('posts to one connection per invocation with BatchSize=1', async () => {
    const { calls } = await runFanOut(
      { 'dynamodb.Query': returnPage(7), 'lambda.Invoke': deliverAll },
      { settings: { BatchSize: 1 } },
    );
    expect(calls.filter(({ action }) => action === 'Invoke')).toHaveLength(7);
  });

  it('deletes the row of a stale connection and publishes ConnectionGone once', async () => {
    const { record, calls } = await runFanOut({
      'dynamodb.Query': returnPage(2),
      'lambda.Invoke': () => ({ StatusCode: 200, Payload: { gone: [KEY] } }),
      'dynamodb.DeleteItem': () => ({ Attributes: ROW }),
      'events.PutEvents': () => ({ FailedEntryCount: 0, Entries: [{ EventId: '1' }] }),
    });
    expect(record.status).toBe('SUCCEEDED');
    const deletes = calls.filter(({ action }) => action === 'DeleteItem').map(({ input }) => input);
    expect(deletes).toEqual([
      {
        TableName: expect.stringContaining('ConnectionsTable'),
        Key: KEY,
        ConditionExpression: 'joinedAt < :cutoff',
        ExpressionAttributeValues: { ':cutoff': { N: expect.stringMatching(/^\d{13}$/) } },
        ReturnValues: 'ALL_OLD',
      },
    ]);
    const [published] = calls.filter(({ action }) => action === 'PutEvents').map(({ input }) => input);
    expect(published?.Entries).toEqual([
      expect.objectContaining({ Source: 'roomcast', DetailType: 'ConnectionGone' }),
    ]);
    for (const value of ['c1', 'lobby', 'g-1', 'Ada']) expect(JSON.stringify(published)).toContain(value);
  });

  it('neither retries nor publishes an event if the row is too young or already deleted', async () => {
    const { record, calls } = await runFanOut({
      'dynamodb.Query': returnPage(1),
      'lambda.Invoke': () => ({ StatusCode: 200, Payload: { gone: [KEY] } }),
      'dynamodb.DeleteItem': failWith('ConditionalCheckFailedException'),
    });
    expect(record.status).toBe('SUCCEEDED');
    expect(calls.filter(({ action }) => action === 'DeleteItem')).toHaveLength(1);
    expect(calls.filter(({ service }) => service === 'events' || service === 'sqs')).toEqual([]);
  });

  it('counts a row that cannot be deleted as a failure', async () => {
    const { record, calls } = await runFanOut({
      'dynamodb.Query': returnPage(1),
      'lambda.Invoke': () => ({ StatusCode: 200, Payload: { gone: [KEY] } }),
      'dynamodb.DeleteItem': failWith('AccessDeniedException'),
      'sqs.SendMessage': () => ({ MessageId: '1' }),
    });
    expect(record).toMatchObject({ status: 'FAILED', error: 'Roomcast.PartlyUndelivered' });
    expect(calls.filter(({ service }) => service === 'sqs')).toHaveLength(1);
  });

  it('retries a batch on temporary errors', async () => {
    const { record, calls } = await runFanOut({
      'dynamodb.Query': returnPage(1),
      'lambda.Invoke': (input, call) => {
        if (call < 3) throw new AwsError('TooManyRequestsException', 'Rate exceeded', 429);
        return deliverAll(input);
      },
    });
    expect(record.status).toBe('SUCCEEDED');
    expect(calls.filter(({ action }) => action === 'Invoke')).toHaveLength(3);
  });

  it.each<[string, Parameters<typeof runFanOut>[0], number]>([
    [
      'a failed batch',
      {
        'dynamodb.Query': returnPage(400),
        'lambda.Invoke': (input, call) =>
          call === 2
            ? {
                StatusCode: 200,
                FunctionError: 'Unhandled',
                Payload: { errorType: 'Error', errorMessage: 'no' },
              }
            : deliverAll(input),
      },
      200,
    ],
    ['a failed page', { 'dynamodb.Query': failWith('InternalServerError', 500) }, 0],
    [
      'a rejected ConnectionGone event',
      {
        'dynamodb.Query': returnPage(1),
        'lambda.Invoke': () => ({ StatusCode: 200, Payload: { gone: [KEY] } }),
        'dynamodb.DeleteItem': () => ({ Attributes: ROW }),
        'events.PutEvents': () => ({ FailedEntryCount: 1, Entries: [{ ErrorCode: 'InternalFailure' }] }),
      },
      1,
    ],
  ])(
    'sends the event to the dead-letter queue once for %s and delivers the rest',
    async (_, tasks, delivered) => {
      const { record, calls } = await runFanOut({
        ...tasks,
        'sqs.SendMessage': () => ({ MessageId: '1' }),
      });
      expect(record).toMatchObject({ status: 'FAILED', error: 'Roomcast.PartlyUndelivered' });
      const dead = calls.filter(({ service }) => service === 'sqs').map(({ input }) => input);
      expect(dead).toHaveLength(1);
      expect(JSON.parse(dead[0]?.MessageBody as string)).toEqual(record.input);
      expect(dead[0]?.MessageAttributes).toMatchObject({
        FAILURES: { DataType: 'Number', StringValue: '1' },
      });
      if (delivered === 200) expect(new Set(postedIds(calls)).size).toBe(400);
    },
  );
});
