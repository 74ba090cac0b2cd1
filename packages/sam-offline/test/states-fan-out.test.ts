import { AwsError, type JsonObject } from '../src/core/service';
import { type Call, compileDefinition, harness, model } from './support/states';

/**
 * Maps over shards, queries connections page by page, posts to them in batches, deletes stale connections and publishes events.
 */
const FAN_OUT = {
  StartAt: 'For each shard',
  States: {
    'For each shard': {
      Type: 'Map',
      Items: '{% [[0..$states.input.shards - 1].($states.input.room & "#" & $)] %}',
      ItemSelector: { key: '{% $states.context.Map.Item.Value %}', frame: '{% $states.input.frame %}' },
      ItemProcessor: {
        ProcessorConfig: { Mode: 'INLINE' },
        StartAt: 'Remember',
        States: {
          Remember: {
            Type: 'Pass',
            Assign: { key: '{% $states.input.key %}', frame: '{% $states.input.frame %}', posted: 0 },
            Output: {},
            Next: 'Query page',
          },
          'Query page': {
            Type: 'Task',
            Resource: 'arn:aws:states:::aws-sdk:dynamodb:query',
            Arguments:
              '{% $merge([{"TableName": "t", "IndexName": "i", "Limit": 250, "KeyConditionExpression": "k = :k", "ExpressionAttributeValues": {":k": {"S": $key}}}, $exists($states.input.from) ? {"ExclusiveStartKey": $states.input.from} : {}]) %}',
            Retry: [
              { ErrorEquals: ['DynamoDb.ProvisionedThroughputExceededException'], JitterStrategy: 'FULL' },
            ],
            Assign: {
              from: '{% $exists($states.result.LastEvaluatedKey) ? $states.result.LastEvaluatedKey : null %}',
            },
            Output: { batches: '{% [$partition($states.result.Items.id.S[], 100)] %}' },
            Next: 'Post batches',
          },
          'Post batches': {
            Type: 'Map',
            Items: '{% $states.input.batches %}',
            ItemProcessor: {
              StartAt: 'Post',
              States: {
                Post: {
                  Type: 'Task',
                  Resource: 'arn:aws:states:::lambda:invoke',
                  Arguments: {
                    FunctionName: 'post',
                    Payload: { ids: '{% $states.input %}', frame: '{% $frame %}' },
                  },
                  TimeoutSeconds: 20,
                  Output: '{% $states.result.Payload %}',
                  Catch: [
                    {
                      ErrorEquals: ['States.ALL'],
                      Output: { gone: [], sent: 0 },
                      Next: 'Delete stale connections',
                    },
                  ],
                  Next: 'Delete stale connections',
                },
                'Delete stale connections': {
                  Type: 'Map',
                  Items: '{% $states.input.gone %}',
                  ItemProcessor: {
                    StartAt: 'Delete',
                    States: {
                      Delete: {
                        Type: 'Task',
                        Resource: 'arn:aws:states:::aws-sdk:dynamodb:deleteItem',
                        Arguments: {
                          TableName: 't',
                          Key: { id: { S: '{% $states.input %}' } },
                          ReturnValues: 'ALL_OLD',
                        },
                        Assign: { deleted: '{% $states.input %}' },
                        Catch: [
                          {
                            ErrorEquals: ['DynamoDb.ConditionalCheckFailedException'],
                            Output: null,
                            Next: 'Keep young connection',
                          },
                        ],
                        Next: 'Publish event',
                      },
                      'Publish event': {
                        Type: 'Task',
                        Resource: 'arn:aws:states:::events:putEvents',
                        Arguments: {
                          Entries: [{ Source: 'test', DetailType: 'Gone', Detail: { id: '{% $deleted %}' } }],
                        },
                        Output: null,
                        End: true,
                      },
                      'Keep young connection': { Type: 'Succeed' },
                    },
                  },
                  Output: '{% $states.input.sent %}',
                  End: true,
                },
              },
            },
            Assign: { posted: '{% $posted + $sum($states.result) %}' },
            Output: null,
            Next: 'More?',
          },
          'More?': {
            Type: 'Choice',
            Choices: [
              { Condition: '{% $from != null %}', Output: { from: '{% $from %}' }, Next: 'Query page' },
            ],
            Default: 'Done',
          },
          Done: { Type: 'Succeed', Output: '{% $posted %}' },
        },
      },
      Output: '{% $sum($states.result) %}',
      End: true,
    },
  },
};

/**
 * Simulates `size` connections per shard. Every 50th connection is stale, and every 100th connection is too new to be deleted.
 */
function room(size: number) {
  const ids = (shard: string) => Array.from({ length: size }, (_, index) => `${shard}/${index}`);
  const number = (id: string) => Number(id.split('/')[1]);
  return ({ service, action, input }: Call): JsonObject => {
    if (action === 'Query') {
      const values = input.ExpressionAttributeValues as { ':k': { S: string } };
      const from = (input.ExclusiveStartKey as { id: { S: string } } | undefined)?.id.S;
      const start = from === undefined ? 0 : number(from) + 1;
      const page = ids(values[':k'].S).slice(start, start + 250);
      const last = page.at(-1);
      const more = last !== undefined && start + 250 < size;
      return {
        Items: page.map((id) => ({ id: { S: id } })),
        Count: page.length,
        ...(more ? { LastEvaluatedKey: { id: { S: last } } } : {}),
      };
    }
    if (service === 'lambda') {
      const { ids: batch } = input.Payload as { ids: string[] };
      const gone = batch.filter((id) => number(id) % 50 === 0);
      return { StatusCode: 200, Payload: { gone, sent: batch.length - gone.length } };
    }
    const { id } = (input.Key ?? {}) as { id?: { S: string } };
    if (id && number(id.S) % 100 === 0) throw new AwsError('ConditionalCheckFailedException', 'too young');
    return action === 'PutEvents'
      ? { FailedEntryCount: 0, Entries: [{ EventId: 'e' }] }
      : { Attributes: { id } };
  };
}

const count = (calls: Call[], action: string) => calls.filter((call) => call.action === action).length;

describe('a fan-out workflow', () => {
  it('posts to every connection of every shard once, page by page', async () => {
    const { run, calls } = harness(FAN_OUT, room(1250));
    const record = await run({ room: 'r', shards: 2, frame: 'hello' });
    expect(record).toMatchObject({ status: 'SUCCEEDED', output: 2 * (1250 - 25) });
    expect(count(calls, 'Query')).toBe(2 * 5);
    expect(count(calls, 'Invoke')).toBe(2 * 5 * 3);
    expect(count(calls, 'DeleteItem')).toBe(2 * 25);
    expect(count(calls, 'PutEvents')).toBe(2 * 12);
    const ids = calls.flatMap(({ action, input }) =>
      action === 'Invoke' ? (input.Payload as { ids: string[] }).ids : [],
    );
    expect(new Set(ids).size).toBe(2500);
    expect(ids).toHaveLength(2500);
  });

  it.each([0, 1, 100, 250, 251])('posts to %p connections', async (size) => {
    const { run, calls } = harness(FAN_OUT, room(size));
    expect((await run({ room: 'r', shards: 1, frame: 'x' })).output).toBe(size - Math.ceil(size / 50));
    expect(count(calls, 'Query')).toBe(Math.max(1, Math.ceil(size / 250)));
  });

  it('continues when a batch fails', async () => {
    const answer = room(300);
    let first = true;
    const { run } = harness(FAN_OUT, (call) => {
      if (call.service === 'lambda' && first) {
        first = false;
        throw new Error('connection reset');
      }
      return answer(call);
    });
    expect((await run({ room: 'r', shards: 1, frame: 'x' })).output).toBe(300 - 6 - 98);
  });

  it('retries a throttled query', async () => {
    const answer = room(10);
    let throttled = 2;
    const { run, time } = harness(
      FAN_OUT,
      (call) => {
        if (call.action === 'Query' && throttled-- > 0) {
          throw new AwsError('ProvisionedThroughputExceededException', 'slow down');
        }
        return answer(call);
      },
      { random: () => 0.5 },
    );
    expect((await run({ room: 'r', shards: 1, frame: 'x' })).output).toBe(9);
    expect(time.slept.filter((ms) => ms !== 20_000)).toEqual([500, 1000]);
  });

  it('runs concurrently with other executions', async () => {
    const { states, records, time } = harness(FAN_OUT, room(600));
    const start = {
      stateMachineArn: model(FAN_OUT).arn,
      input: JSON.stringify({ room: 'r', shards: 3, frame: 'x' }),
    };
    for (let index = 0; index < 5; index++) await states.call('StartExecution', start, {});
    await time.until(states.idle());
    expect(records.map(({ output }) => output)).toEqual(Array(5).fill(3 * 588));
  });

  it('compiles without errors', () => {
    expect(() => compileDefinition(FAN_OUT)).not.toThrow();
  });
});
