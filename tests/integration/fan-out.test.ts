import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import validate from 'asl-validator';
import { AwsError, type JsonObject } from 'sam-offline/testing';
import { fanOut, rows, runFanOut } from '../support/fan-out';
import { root } from '../support/template';

const KEY = { connectionId: { S: 'c1' }, room: { S: 'lobby' } };
const ROW = { ...KEY, userId: { S: 'g-1' }, username: { S: 'Ada' }, joinedAt: { N: '1' } };
const nobodyGone = ({ Payload }: JsonObject) => {
  const batch = Payload as { rows: unknown[] };
  return { StatusCode: 200, Payload: { delivered: batch.rows.length, throttled: 0, failed: 0, gone: [] } };
};
const onePage = (count: number) => () => ({ Items: rows(count), Count: count });
const throws =
  (code: string, status = 400) =>
  () => {
    throw new AwsError(code, code, status);
  };
const posted = (calls: { service: string; input: JsonObject }[]) =>
  calls
    .filter(({ service }) => service === 'lambda')
    .flatMap(({ input }) => (input.Payload as { rows: { connectionId: { S: string } }[] }).rows)
    .map(({ connectionId }) => connectionId.S);

describe('statemachines/fan-out.asl.json', () => {
  it("is valid by the language's schema, once its substitutions are made", () => {
    expect(validate(fanOut().definition)).toMatchObject({ isValid: true, errors: [] });
  });

  it('has a timeout on every task, and retries with jitter wherever it retries', () => {
    const text = readFileSync(join(root, 'statemachines', 'fan-out.asl.json'), 'utf8');
    const tasks: Record<string, unknown>[] = [];
    const retriers: Record<string, unknown>[] = [];
    JSON.parse(text, (_, value) => {
      if (value?.Type === 'Task') tasks.push(value);
      if (value?.ErrorEquals && 'MaxAttempts' in value) retriers.push(value);
      return value;
    });
    expect(tasks).toHaveLength(5);
    for (const task of tasks) expect(task.TimeoutSeconds).toEqual(expect.any(Number));
    expect(JSON.parse(text).TimeoutSeconds).toBeLessThan(300);
    for (const { MaxAttempts, JitterStrategy } of retriers) {
      expect(MaxAttempts === 0 || JitterStrategy === 'FULL').toBe(true);
    }
  });

  it('reads page by page and posts each row once, in batches', async () => {
    const pages = [2000, 2000, 1];
    const { record, calls } = await runFanOut({
      'dynamodb.Query': (_, call) => ({
        Items: rows(pages[call - 1] as number, `p${call}-`),
        ...(call < pages.length ? { LastEvaluatedKey: { connectionId: { S: `end of ${call}` } } } : {}),
      }),
      'lambda.Invoke': nobodyGone,
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
      Limit: 2000,
      KeyConditionExpression: 'roomShard = :shard',
      ExpressionAttributeValues: {
        ':shard': { S: 'lobby#0' },
        ':now': { N: expect.stringMatching(/^\d{10}$/) },
      },
    });
    const recipients = posted(calls);
    expect(recipients).toHaveLength(4001);
    expect(new Set(recipients).size).toBe(4001);
    expect(calls.filter(({ action }) => action === 'Invoke')).toHaveLength(41);
  });

  it('takes an empty room, an empty page before a full one, and a room of several index keys', async () => {
    const empty = await runFanOut({ 'dynamodb.Query': onePage(0) });
    expect(empty.record).toMatchObject({ status: 'SUCCEEDED' });

    const filtered = await runFanOut({
      'dynamodb.Query': (_, call) =>
        call === 1 ? { Items: [], LastEvaluatedKey: { connectionId: { S: 'x' } } } : { Items: rows(1) },
      'lambda.Invoke': nobodyGone,
    });
    expect(posted(filtered.calls)).toEqual(['c0']);

    const sharded = await runFanOut(
      {
        'dynamodb.Query': ({ ExpressionAttributeValues }) => ({
          Items: rows(3, `${(ExpressionAttributeValues as { ':shard': { S: string } })[':shard'].S}-`),
        }),
        'lambda.Invoke': nobodyGone,
      },
      { audience: ['lobby#0', 'lobby#1'] },
    );
    expect(posted(sharded.calls).sort()).toEqual(
      ['lobby#0-c0', 'lobby#0-c1', 'lobby#0-c2', 'lobby#1-c0', 'lobby#1-c1', 'lobby#1-c2'].map((id) =>
        id.replace('-c', '-'),
      ),
    );
  });

  it('posts to one socket per invocation with BatchSize=1', async () => {
    const { calls } = await runFanOut(
      { 'dynamodb.Query': onePage(7), 'lambda.Invoke': nobodyGone },
      { parameters: { BatchSize: '1' } },
    );
    expect(calls.filter(({ action }) => action === 'Invoke')).toHaveLength(7);
  });

  it('deletes the row of a gone connection if it is not young, and says so once', async () => {
    const { record, calls } = await runFanOut({
      'dynamodb.Query': onePage(2),
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
    const [announced] = calls.filter(({ action }) => action === 'PutEvents').map(({ input }) => input);
    expect(announced?.Entries).toEqual([
      expect.objectContaining({ Source: 'roomcast', DetailType: 'ConnectionGone' }),
    ]);
    for (const value of ['c1', 'lobby', 'g-1', 'Ada']) expect(JSON.stringify(announced)).toContain(value);
  });

  it('leaves a young row, and one that another execution deleted, without a retry or a word', async () => {
    const { record, calls } = await runFanOut({
      'dynamodb.Query': onePage(1),
      'lambda.Invoke': () => ({ StatusCode: 200, Payload: { gone: [KEY] } }),
      'dynamodb.DeleteItem': throws('ConditionalCheckFailedException'),
    });
    expect(record.status).toBe('SUCCEEDED');
    expect(calls.filter(({ action }) => action === 'DeleteItem')).toHaveLength(1);
    expect(calls.filter(({ service }) => service === 'events' || service === 'sqs')).toEqual([]);
  });

  it('counts a row that could not be deleted as a failure: it would be met for ever', async () => {
    const { record, calls } = await runFanOut({
      'dynamodb.Query': onePage(1),
      'lambda.Invoke': () => ({ StatusCode: 200, Payload: { gone: [KEY] } }),
      'dynamodb.DeleteItem': throws('AccessDeniedException'),
      'sqs.SendMessage': () => ({ MessageId: '1' }),
    });
    expect(record).toMatchObject({ status: 'FAILED', error: 'Roomcast.PartlyUndelivered' });
    expect(calls.filter(({ service }) => service === 'sqs')).toHaveLength(1);
  });

  it('retries a batch on errors that pass, and delivers', async () => {
    const { record, calls } = await runFanOut({
      'dynamodb.Query': onePage(1),
      'lambda.Invoke': (input, call) => {
        if (call < 3) throw new AwsError('TooManyRequestsException', 'Rate exceeded', 429);
        return nobodyGone(input);
      },
    });
    expect(record.status).toBe('SUCCEEDED');
    expect(calls.filter(({ action }) => action === 'Invoke')).toHaveLength(3);
  });

  it.each<[string, Parameters<typeof runFanOut>[0], number]>([
    [
      'a batch that fails',
      {
        'dynamodb.Query': onePage(300),
        'lambda.Invoke': (input, call) =>
          call === 2
            ? {
                StatusCode: 200,
                FunctionError: 'Unhandled',
                Payload: { errorType: 'Error', errorMessage: 'no' },
              }
            : nobodyGone(input),
      },
      200,
    ],
    ['a page that cannot be read', { 'dynamodb.Query': throws('InternalServerError', 500) }, 0],
    [
      'an announcement that is not taken',
      {
        'dynamodb.Query': onePage(1),
        'lambda.Invoke': () => ({ StatusCode: 200, Payload: { gone: [KEY] } }),
        'dynamodb.DeleteItem': () => ({ Attributes: ROW }),
        'events.PutEvents': () => ({ FailedEntryCount: 1, Entries: [{ ErrorCode: 'InternalFailure' }] }),
      },
      1,
    ],
  ])(
    'sends the event to the dead-letter queue once for %s, and delivers the rest',
    async (_, answers, delivered) => {
      const { record, calls } = await runFanOut({
        ...answers,
        'sqs.SendMessage': () => ({ MessageId: '1' }),
      });
      expect(record).toMatchObject({ status: 'FAILED', error: 'Roomcast.PartlyUndelivered' });
      const dead = calls.filter(({ service }) => service === 'sqs').map(({ input }) => input);
      expect(dead).toHaveLength(1);
      expect(JSON.parse(dead[0]?.MessageBody as string)).toEqual(record.input);
      expect(dead[0]?.MessageAttributes).toMatchObject({
        FAILURES: { DataType: 'Number', StringValue: '1' },
      });
      if (delivered === 200) expect(new Set(posted(calls)).size).toBe(300);
    },
  );
});
