import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AwsError, type JsonObject } from 'sam-offline/testing';
import { type Call, createRows, runFanOut } from '../../testbed/fan-out';
import { propertyOf, resourcesOf, root } from '../../testbed/template';

const KEY = { connectionId: { S: 'c1' }, room: { S: 'lobby' } };
const ROW = { ...KEY, userId: { S: 'g-1' }, username: { S: 'Ada' }, joinedAt: { N: '1' } };

type Tasks = Parameters<typeof runFanOut>[0];
type Task = Tasks[string];

/** Tasks that all succeed. The page contains one row, which belongs to a stale connection. */
const tasks = {
  'dynamodb.Query': () => ({ Items: createRows(1), Count: 1 }),
  'lambda.Invoke': () => ({ StatusCode: 200, Payload: { gone: [KEY] } }),
  'dynamodb.DeleteItem': () => ({ Attributes: ROW }),
  'events.PutEvents': () => ({ FailedEntryCount: 0, Entries: [{ EventId: '1' }] }),
  'sqs.SendMessage': () => ({ MessageId: '1' }),
} satisfies Tasks;

/** Fails the first `times` calls. */
function failFirst(times: number, succeed: Task = () => ({})): Task {
  return (input, call) => {
    if (call <= times) throw new AwsError('InternalServerError', 'Internal server error', 500);
    return succeed(input, call);
  };
}

const countCalls = (calls: Call[], action: string) => calls.filter((call) => call.action === action).length;
const inputOf = (calls: Call[], wanted: string) => calls.find(({ action }) => action === wanted)?.input ?? {};
const numberIn = ({ ExpressionAttributeValues }: JsonObject, name: string) =>
  Number((ExpressionAttributeValues as Record<string, { N: string }>)[name]?.N);
const failuresIn = (calls: Call[]) =>
  calls
    .filter(({ service }) => service === 'sqs')
    .map(
      ({ input }) => (input.MessageAttributes as { FAILURES: { StringValue: string } }).FAILURES.StringValue,
    );

/** Delays a task and records how many calls overlap. */
function createGate(succeed: Task) {
  let pending = 0;
  const gate = {
    maximum: 0,
    task: async (input: JsonObject, call: number) => {
      pending += 1;
      gate.maximum = Math.max(gate.maximum, pending);
      await new Promise((resolve) => setTimeout(resolve, 5));
      pending -= 1;
      return succeed(input, call);
    },
  };
  return gate;
}

describe('retries of the fan-out workflow', () => {
  it.each([
    ['dynamodb.Query', 'Query', 4],
    ['dynamodb.DeleteItem', 'DeleteItem', 3],
    ['events.PutEvents', 'PutEvents', 4],
  ] as const)('%s succeeds after %s fails %d times', async (task, action, retries) => {
    const { record, calls } = await runFanOut({ ...tasks, [task]: failFirst(retries, tasks[task]) });
    expect(record.status).toBe('SUCCEEDED');
    expect(countCalls(calls, action)).toBe(retries + 1);
  });

  it('sends the dead letter after SendMessage fails five times', async () => {
    const { record, calls } = await runFanOut({
      ...tasks,
      'dynamodb.Query': failFirst(1000),
      'sqs.SendMessage': failFirst(5, tasks['sqs.SendMessage']),
    });
    expect(record).toMatchObject({ status: 'FAILED', error: 'Roomcast.PartlyUndelivered' });
    expect(countCalls(calls, 'SendMessage')).toBe(6);
  });
});

describe('failures of the fan-out workflow', () => {
  it('counts each index key that cannot be queried, and delivers to the connections of the other keys', async () => {
    const { record, calls } = await runFanOut(
      {
        ...tasks,
        'dynamodb.Query': (input) => {
          const { ':shard': shard } = input.ExpressionAttributeValues as { ':shard': { S: string } };
          if (shard.S !== 'lobby#1') throw new AwsError('InternalServerError', 'no', 500);
          return tasks['dynamodb.Query']();
        },
      },
      { audience: ['lobby#0', 'lobby#1', 'lobby#2'] },
    );
    expect(record.status).toBe('FAILED');
    expect(failuresIn(calls)).toEqual(['2']);
    expect(countCalls(calls, 'Invoke')).toBe(1);
  });

  it('delivers the next pages of the other keys after a page fails, and counts the failed page once', async () => {
    const pages: (string | undefined)[] = [];
    const { calls } = await runFanOut(
      {
        ...tasks,
        'dynamodb.Query': ({ ExpressionAttributeValues, ExclusiveStartKey }) => {
          const { ':shard': shard } = ExpressionAttributeValues as { ':shard': { S: string } };
          if (shard.S === 'lobby#1') throw new AwsError('InternalServerError', 'no', 500);
          pages.push((ExclusiveStartKey as { page: { S: string } } | undefined)?.page.S);
          const next = { 1: '2', 2: '3' }[pages.length];
          return { Items: createRows(1), ...(next ? { LastEvaluatedKey: { page: { S: next } } } : {}) };
        },
      },
      { audience: ['lobby#0', 'lobby#1'] },
    );
    expect(pages).toEqual([undefined, '2', '3']);
    expect(failuresIn(calls)).toEqual(['1']);
    expect(countCalls(calls, 'Invoke')).toBe(3);
  });

  it('counts each batch that fails, and posts the other batches and the next page', async () => {
    const sizes: number[] = [];
    const { calls } = await runFanOut(
      {
        ...tasks,
        'dynamodb.Query': (_, call) => ({
          Items: createRows(call === 1 ? 5 : 6),
          ...(call === 1 ? { LastEvaluatedKey: { page: { N: '1' } } } : {}),
        }),
        'lambda.Invoke': ({ Payload }, call) => {
          if (call === 1 || call === 3) throw new AwsError('InvalidRequestContentException', 'no', 400);
          sizes.push((Payload as { rows: unknown[] }).rows.length);
          return { StatusCode: 200, Payload: { gone: [] } };
        },
      },
      { settings: { BatchSize: 2 } },
    );
    expect(failuresIn(calls)).toEqual(['2']);
    expect(sizes).toEqual([2, 2, 2, 2]);
  });

  it('adds up the failures of all pages', async () => {
    const { calls } = await runFanOut({
      ...tasks,
      'dynamodb.Query': (_, call) => ({
        Items: createRows(1),
        ...(call < 3 ? { LastEvaluatedKey: { page: { N: String(call) } } } : {}),
      }),
      'events.PutEvents': failFirst(1000),
    });
    expect(failuresIn(calls)).toEqual(['3']);
  });

  it('counts each clean-up for which the event cannot be published', async () => {
    const stale = [KEY, { ...KEY, connectionId: { S: 'c2' } }];
    const { calls } = await runFanOut({
      ...tasks,
      'lambda.Invoke': () => ({ StatusCode: 200, Payload: { gone: stale } }),
      'events.PutEvents': failFirst(1000),
    });
    expect(failuresIn(calls)).toEqual(['2']);
  });

  it.each([
    ['without a valid audience', { audience: 5 }],
    ['without an audience', { detail: { audience: undefined } }],
  ])('sends an event %s to the dead-letter queue', async (_, options) => {
    const { record, calls } = await runFanOut(tasks, options);
    expect(record).toMatchObject({ status: 'FAILED', error: 'Roomcast.PartlyUndelivered' });
    expect(failuresIn(calls)).toEqual(['1']);
  });
});

describe('guards of the fan-out workflow', () => {
  it('keeps the row during a handshake of 29 seconds, although the clocks of Lambda and Step Functions differ', async () => {
    const startedAt = 1_795_356_000_000;
    const joinedAt = startedAt - 300; // Lambda's clock is slow
    const now = () => startedAt + 29_000 + 300; // the clock of Step Functions is fast
    const { calls } = await runFanOut(tasks, { now });
    expect(numberIn(inputOf(calls, 'DeleteItem'), ':cutoff')).toBeLessThan(joinedAt);
  });

  it('deletes rows only if they are at least 30 seconds old', async () => {
    const startedAt = Date.now();
    const { calls } = await runFanOut(tasks);
    const cutoff = numberIn(inputOf(calls, 'DeleteItem'), ':cutoff');
    expect(cutoff).toBeGreaterThanOrEqual(startedAt - 30_000);
    expect(cutoff).toBeLessThanOrEqual(Date.now() - 30_000);
  });

  it('reads only rows that have not expired', async () => {
    const startedAt = Math.floor(Date.now() / 1000);
    const { calls } = await runFanOut(tasks);
    const input = inputOf(calls, 'Query');
    expect(input.FilterExpression).toBe('expiresAt > :now');
    expect(numberIn(input, ':now')).toBeGreaterThanOrEqual(startedAt);
    expect(numberIn(input, ':now')).toBeLessThanOrEqual(Date.now() / 1000);
  });

  it('queries at most 40 index keys in parallel', async () => {
    const query = createGate(() => ({ Items: [] }));
    const audience = Array.from({ length: 60 }, (_, shard) => `@everyone#${shard}`);
    const { calls } = await runFanOut({ ...tasks, 'dynamodb.Query': query.task }, { audience });
    expect(countCalls(calls, 'Query')).toBe(60);
    expect(query.maximum).toBe(40);
  });

  it('posts at most 40 batches of a page in parallel', async () => {
    const post = createGate(() => ({ StatusCode: 200, Payload: { gone: [] } }));
    const { calls } = await runFanOut(
      { ...tasks, 'dynamodb.Query': () => ({ Items: createRows(60) }), 'lambda.Invoke': post.task },
      { settings: { BatchSize: 1 } },
    );
    expect(countCalls(calls, 'Invoke')).toBe(60);
    expect(post.maximum).toBe(40);
  });

  it('cleans up at most ten stale connections of a batch in parallel', async () => {
    const remove = createGate(tasks['dynamodb.DeleteItem']);
    const gone = Array.from({ length: 30 }, (_, index) => ({ ...KEY, connectionId: { S: `c${index}` } }));
    await runFanOut({
      ...tasks,
      'lambda.Invoke': () => ({ StatusCode: 200, Payload: { gone } }),
      'dynamodb.DeleteItem': remove.task,
    });
    expect(remove.maximum).toBe(10);
  });

  it('waits longer than the timeout of the post function, and ten seconds for other services', () => {
    const timeouts: [string, number][] = [];
    JSON.parse(readFileSync(join(root, 'statemachines', 'fan-out.asl.json'), 'utf8'), (_, value) => {
      if (value?.Type === 'Task') timeouts.push([value.Resource, value.TimeoutSeconds]);
      return value;
    });
    const postTimeout = propertyOf<number>(resourcesOf(join(root, 'template.yaml')).PostFunction, 'Timeout');
    expect(timeouts.filter(([resource]) => resource.endsWith('lambda:invoke'))).toHaveLength(1);
    for (const [resource, timeout] of timeouts) {
      if (resource.endsWith('lambda:invoke')) expect(timeout).toBeGreaterThan(postTimeout);
      else expect([resource, timeout]).toEqual([resource, 10]);
    }
  });

  it('times out within the five minutes of an Express workflow, but allows time for several batches', () => {
    const { TimeoutSeconds } = JSON.parse(
      readFileSync(join(root, 'statemachines', 'fan-out.asl.json'), 'utf8'),
    );
    expect(TimeoutSeconds).toBeLessThan(300);
    expect(TimeoutSeconds).toBeGreaterThanOrEqual(4 * 35);
  });
});
