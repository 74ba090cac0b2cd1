import { AwsError, type InvokeResult, type JsonObject } from '../src/core/service';
import { type DynamoDbService, openDynamoDb } from '../src/dynamodb';
import type { StreamModel } from '../src/dynamodb/model';
import { MAX_STREAM_BYTES } from '../src/dynamodb/streams/stream';
import { Streams } from '../src/dynamodb/streams/streams';
import type { Table } from '../src/dynamodb/types';
import { createEventSources, type EventSources } from '../src/event-sources';
import type { EventSourceMappingModel, StreamMappingModel } from '../src/event-sources/model';
import { RuntimeClock } from '../src/time/runtime-clock';
import { client, key, N, S, TABLE, tableModel } from './support/dynamodb';

const TABLE_ARN = `arn:aws:dynamodb:eu-west-1:123456789012:table/${TABLE}`;
const STREAM_ARN = `${TABLE_ARN}/stream/2024-01-01T00:00:00.000`;
const FUNCTION_ARN = 'arn:aws:lambda:eu-west-1:123456789012:function:f';
const DEAD_ARN = 'arn:aws:sqs:eu-west-1:123456789012:dead';

type Item = Record<string, Record<string, string>>;
interface ChangeRecord extends JsonObject {
  eventName: string;
  dynamodb: { Keys: Item; NewImage?: Item; OldImage?: Item; SequenceNumber: string; SizeBytes?: number };
}

const opened: { sources: EventSources; service: DynamoDbService }[] = [];
afterEach(async () => {
  for (const { sources, service } of opened.splice(0)) {
    await sources.close();
    await service.close();
  }
});

/** Starts an event source mapping from the table's stream to a function. The invocation fails if `handle` throws an error. */
async function start(
  handle: (records: readonly ChangeRecord[]) => unknown = () => undefined,
  more: Partial<EventSourceMappingModel> = {},
  stream: Partial<StreamMappingModel> = {},
  viewType: StreamModel['viewType'] = 'NEW_AND_OLD_IMAGES',
  onCall: (action: string) => void = () => undefined,
) {
  const clock = new RuntimeClock();
  const model = tableModel({ stream: { arn: STREAM_ARN, viewType } });
  const service = await openDynamoDb({ tables: [model], clock: clock.now });
  const batches: (readonly ChangeRecord[])[] = [];
  const sent: { QueueUrl: unknown; body: JsonObject; principal?: string }[] = [];
  const sources = createEventSources({
    mappings: [
      {
        logicalId: 'Mapping',
        functionArn: FUNCTION_ARN,
        sourceArn: STREAM_ARN,
        enabled: true,
        batchSize: 100,
        batchingWindowSeconds: 0,
        reportsItemFailures: false,
        filters: [],
        stream: { bisects: false, ...stream },
        ...more,
      },
    ],
    region: 'eu-west-1',
    clock,
    watchStream: (arn, wakeUp) => service.streams.watch(arn, wakeUp),
    call: async (name, action, input, context) => {
      onCall(action);
      if (name === 'dynamodbstreams') return service.streams.call(action, input, context);
      sent.push({ QueueUrl: input.QueueUrl, body: JSON.parse(String(input.MessageBody)), ...context });
      return {};
    },
    invoke: async (_arn, event): Promise<InvokeResult> => {
      const { Records } = event as { Records: readonly ChangeRecord[] };
      batches.push(Records);
      try {
        return { payload: await handle(Records) };
      } catch (error) {
        if (error instanceof AwsError) throw error;
        return { payload: null, functionError: 'Unhandled' };
      }
    },
    log: () => undefined,
  });
  opened.push({ sources, service });
  sources.start();
  const settle = async () => {
    for (let i = 0; i < 30; i += 1) await new Promise((resolve) => setImmediate(resolve));
  };
  await settle();
  return {
    ...client(service),
    service,
    clock,
    batches,
    sent,
    settle,
    /** Advances the clock and waits for the invocations. */
    advance: async (millis: number) => {
      await clock.advance(millis);
      await settle();
    },
    /** Returns the sort keys of the records in each batch. */
    keys: () => batches.map((records) => records.map(({ dynamodb }) => dynamodb.Keys.sk?.S)),
  };
}

const fail = () => {
  throw new Error('no');
};

describe('a stream record', () => {
  // https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html#ddb-example-event
  it('has the documented format', async () => {
    const app = await start();
    await app.put({ ...key('a', '1'), text: S('x') });
    await app.settle();
    expect(app.batches).toEqual([
      [
        {
          eventID: expect.stringMatching(/^[0-9a-f]{32}$/),
          eventName: 'INSERT',
          eventVersion: '1.1',
          eventSource: 'aws:dynamodb',
          awsRegion: 'eu-west-1',
          dynamodb: {
            ApproximateCreationDateTime: expect.any(Number),
            Keys: key('a', '1'),
            NewImage: { ...key('a', '1'), text: S('x') },
            SequenceNumber: expect.stringMatching(/^\d{21}$/),
            SizeBytes: 17,
            StreamViewType: 'NEW_AND_OLD_IMAGES',
          },
          eventSourceARN: STREAM_ARN,
        },
      ],
    ]);
  });

  it('describes an insert, a change or a deletion, and does not exist for a write that changes nothing', async () => {
    const app = await start();
    const write = (text: string) => app.put({ ...key('a', '1'), text: S(text) });
    for (const text of ['x', 'x', 'y']) await write(text);
    await app.call('DeleteItem', { TableName: TABLE, Key: key('a', '1') });
    await app.call('DeleteItem', { TableName: TABLE, Key: key('a', '1') });
    await app.settle();
    const records = app.batches.flat();
    expect(
      records.map(({ eventName, dynamodb: { OldImage, NewImage } }) => [
        eventName,
        OldImage?.text?.S,
        NewImage?.text?.S,
      ]),
    ).toEqual([
      ['INSERT', undefined, 'x'],
      ['MODIFY', 'x', 'y'],
      ['REMOVE', 'y', undefined],
    ]);
    expect(records.some((record) => 'userIdentity' in record)).toBe(false);
  });

  it.each([
    ['KEYS_ONLY', false, false],
    ['NEW_IMAGE', false, true],
    ['OLD_IMAGE', true, false],
  ] as const)('contains the images of the stream view type %s', async (viewType, hasOld, hasNew) => {
    const app = await start(undefined, {}, {}, viewType);
    await app.put({ ...key('a', '1'), text: S('x') });
    await app.put({ ...key('a', '1'), text: S('y') });
    await app.settle();
    const last = app.batches.flat().at(-1)?.dynamodb;
    expect(['OldImage' in (last ?? {}), 'NewImage' in (last ?? {})]).toEqual([hasOld, hasNew]);
  });

  // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-streams.html
  it('contains the identity of the DynamoDB service if TTL deleted the item', async () => {
    const app = await start();
    await app.put({ ...key('a', '1'), expiresAt: N(Math.floor(app.clock.now() / 1000) - 1) });
    expect(await app.service.expireNow()).toBe(1);
    await app.settle();
    expect(app.batches.flat().at(-1)).toMatchObject({
      eventName: 'REMOVE',
      userIdentity: { type: 'Service', principalId: 'dynamodb.amazonaws.com' },
      dynamodb: { OldImage: key('a', '1') },
    });
  });

  it('exists for batch writes and transactions, but not for rejected writes', async () => {
    const app = await start();
    await app.call('BatchWriteItem', {
      RequestItems: { [TABLE]: ['1', '2'].map((sk) => ({ PutRequest: { Item: key('a', sk) } })) },
    });
    await app.call('TransactWriteItems', {
      TransactItems: [
        { Put: { TableName: TABLE, Item: key('a', '3') } },
        {
          ConditionCheck: {
            TableName: TABLE,
            Key: key('a', '1'),
            ConditionExpression: 'attribute_exists(pk)',
          },
        },
      ],
    });
    const ConditionExpression = 'attribute_not_exists(pk)';
    await expect(
      app.call('PutItem', { TableName: TABLE, Item: { ...key('a', '1'), x: S('y') }, ConditionExpression }),
    ).rejects.toThrow();
    await app.settle();
    expect(app.keys().flat()).toEqual(['1', '2', '3']);
  });

  it('arrives after the earlier records of the same partition key', async () => {
    const app = await start();
    for (let i = 0; i < 20; i += 1) await app.put({ ...key(`p${i % 5}`, 'x'), n: N(i) });
    await app.settle();
    for (let partition = 0; partition < 5; partition += 1) {
      const own = app.batches.flat().filter(({ dynamodb }) => dynamodb.Keys.pk?.S === `p${partition}`);
      expect(own.map(({ dynamodb }) => Number(dynamodb.NewImage?.n?.N))).toEqual(
        [0, 5, 10, 15].map((i) => i + partition),
      );
    }
  });
});

describe('a batch from a stream', () => {
  const putAll = async (app: Awaited<ReturnType<typeof start>>, sortKeys: readonly string[]) => {
    for (const sk of sortKeys) await app.put(key('a', sk));
  };

  it('gathers records up to BatchSize until the window ends', async () => {
    const app = await start(undefined, { batchSize: 3, batchingWindowSeconds: 10 });
    await putAll(app, ['1', '2', '3', '4']);
    await app.advance(9_000);
    expect(app.keys()).toEqual([['1', '2', '3']]);
    await putAll(app, ['5']);
    await app.advance(2_000);
    expect(app.keys()).toEqual([
      ['1', '2', '3'],
      ['4', '5'],
    ]);
  });

  it('contains only the records that match the filter', async () => {
    const filters = [{ eventName: ['INSERT'], dynamodb: { NewImage: { text: { S: ['x'] } } } }];
    const app = await start(undefined, { filters, batchSize: 2, batchingWindowSeconds: 1 });
    for (const [sk, text] of ['xyxyx'.split(''), ['a']].flat().entries())
      await app.put({ ...key('a', String(sk)), text: S(String(text)) });
    await app.advance(2_000);
    expect(app.keys().flat()).toEqual(['0', '2', '4']);
  });

  it('blocks its shard while it fails, and is retried with increasing delays', async () => {
    let failures = 3;
    const app = await start(() => {
      failures -= 1;
      if (failures >= 0) fail();
    });
    await putAll(app, ['1']);
    await app.settle();
    await putAll(app, ['2']);
    await app.settle();
    expect(app.keys()).toEqual([['1']]);
    await app.advance(1_000);
    expect(app.batches).toHaveLength(2);
    await app.advance(1_500);
    expect(app.batches).toHaveLength(2);
    await app.advance(500);
    await app.advance(4_000);
    expect(app.keys()).toEqual([['1'], ['1'], ['1'], ['1'], ['2']]);
  });

  it('does not count throttled invocations as attempts', async () => {
    let throttles = 3;
    const app = await start(
      () => {
        throttles -= 1;
        if (throttles >= 0) throw new AwsError('TooManyRequestsException', 'Rate Exceeded.', 429);
      },
      {},
      { maximumRetryAttempts: 0 },
    );
    await putAll(app, ['1']);
    await app.settle();
    for (let i = 0; i < 3; i += 1) await app.advance(1_000);
    expect(app.batches).toHaveLength(4);
  });

  // https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html#services-ddb-errors
  it('is sent to the destination after the last retry, and unblocks the shard', async () => {
    const app = await start(
      (records) => {
        if (records[0]?.dynamodb.Keys.sk?.S === '1') fail();
      },
      { batchSize: 1 },
      { maximumRetryAttempts: 1, onFailureArn: DEAD_ARN },
    );
    await putAll(app, ['1', '2']);
    await app.settle();
    await app.advance(1_000);
    expect(app.keys()).toEqual([['1'], ['1'], ['2']]);
    const number = app.batches[0]?.[0]?.dynamodb.SequenceNumber;
    expect(app.sent).toEqual([
      {
        QueueUrl: 'dead',
        principal: FUNCTION_ARN,
        body: {
          requestContext: {
            requestId: expect.any(String),
            functionArn: FUNCTION_ARN,
            condition: 'RetryAttemptsExhausted',
            approximateInvokeCount: 2,
          },
          responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
          version: '1.0',
          timestamp: expect.stringMatching(/^\d{4}-.*\.\d{3}Z$/),
          DDBStreamBatchInfo: {
            shardId: expect.stringMatching(/^shardId-\d{20}-[0-9a-f]{8}$/),
            startSequenceNumber: number,
            endSequenceNumber: number,
            approximateArrivalOfFirstRecord: expect.stringMatching(/:\d\dZ$/),
            approximateArrivalOfLastRecord: expect.stringMatching(/:\d\dZ$/),
            batchSize: 1,
            streamArn: STREAM_ARN,
          },
        },
      },
    ]);
  });

  it('is discarded if it is too old', async () => {
    const app = await start(fail, {}, { maximumRecordAgeSeconds: 60, onFailureArn: DEAD_ARN });
    await putAll(app, ['1']);
    await app.settle();
    for (let i = 0; i < 7; i += 1) await app.advance(10_000);
    await app.advance(60_000);
    expect(app.sent.map(({ body }) => body.requestContext)).toEqual([
      expect.objectContaining({ condition: 'RecordAgeExceeded' }),
    ]);
  });

  it('is divided until the failing record is alone', async () => {
    const app = await start(
      (records) => {
        if (records.some(({ dynamodb }) => dynamodb.Keys.sk?.S === '2')) fail();
      },
      { batchingWindowSeconds: 1 },
      { bisects: true, maximumRetryAttempts: 1, onFailureArn: DEAD_ARN },
    );
    await putAll(app, ['1', '2', '3', '4']);
    await app.advance(1_500);
    await app.advance(1_000);
    expect(app.keys()).toEqual([['1', '2', '3', '4'], ['1', '2'], ['1'], ['2'], ['2'], ['3', '4']]);
    expect(app.sent).toHaveLength(1);
  });

  // https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
  it('is retried from the first record that the function reports', async () => {
    let attempts = 0;
    const app = await start(
      (records) => {
        attempts += 1;
        const itemIdentifier = records[1]?.dynamodb.SequenceNumber;
        return attempts === 1 ? { batchItemFailures: [{ itemIdentifier }] } : undefined;
      },
      { reportsItemFailures: true, batchingWindowSeconds: 1 },
    );
    await putAll(app, ['1', '2', '3']);
    await app.advance(1_500);
    await app.advance(1_000);
    expect(app.keys()).toEqual([
      ['1', '2', '3'],
      ['2', '3'],
    ]);
  });
});

describe('the DynamoDB Streams API', () => {
  it('lists and describes streams, and reads a page of records from an iterator', async () => {
    const { service, put } = await start();
    const call = (action: string, input: JsonObject) => service.streams.call(action, input, {});
    expect(await call('ListStreams', { TableName: TABLE })).toEqual({
      Streams: [{ StreamArn: STREAM_ARN, TableName: TABLE, StreamLabel: '2024-01-01T00:00:00.000' }],
    });
    expect(await call('ListStreams', { TableName: 'other' })).toEqual({ Streams: [] });
    const { StreamDescription } = await call('DescribeStream', { StreamArn: STREAM_ARN });
    const shards = (StreamDescription as { Shards: { ShardId: string }[] }).Shards;
    expect(shards).toHaveLength(4);
    for (const sk of ['1', '2', '3']) await put(key('a', sk));
    const read = async (ShardIteratorType: string, more: JsonObject = {}, Limit?: number) => {
      const pages = await Promise.all(
        shards.map(async ({ ShardId }) => {
          const input = { StreamArn: STREAM_ARN, ShardId, ShardIteratorType, ...more };
          const { ShardIterator } = await call('GetShardIterator', input);
          return (await call('GetRecords', { ShardIterator, ...(Limit && { Limit }) }))
            .Records as ChangeRecord[];
        }),
      );
      return pages.flat();
    };
    const all = await read('TRIM_HORIZON');
    const keysOf = (records: ChangeRecord[]) => records.map(({ dynamodb }) => dynamodb.Keys.sk?.S);
    expect(keysOf(all)).toEqual(['1', '2', '3']);
    expect(keysOf(await read('TRIM_HORIZON', {}, 2))).toEqual(['1', '2']);
    expect(await read('LATEST')).toEqual([]);
    const SequenceNumber = all[1]?.dynamodb.SequenceNumber;
    expect(keysOf(await read('AT_SEQUENCE_NUMBER', { SequenceNumber }))).toEqual(['2', '3']);
    expect(keysOf(await read('AFTER_SEQUENCE_NUMBER', { SequenceNumber }))).toEqual(['3']);
  });

  it.each([
    ['DescribeStream', { StreamArn: 'x' }, 'Stream: x not found'],
    ['GetShardIterator', { StreamArn: STREAM_ARN, ShardId: 'x' }, 'Shard: x not found'],
    ['GetRecords', { ShardIterator: 'x' }, 'Invalid ShardIterator'],
    ['GetRecords', { ShardIterator: btoa('null') }, 'Invalid ShardIterator'],
    ['GetRecords', { ShardIterator: btoa('{"streamArn":"a","shardId":"b"}') }, 'Invalid ShardIterator'],
    [
      'GetRecords',
      { ShardIterator: btoa('{"streamArn":"a","shardId":"b","after":"x"}') },
      'Invalid ShardIterator',
    ],
    ['UpdateStream', {}, 'UpdateStream is not supported'],
  ])('rejects %s with %j', async (action, input, message) => {
    const { service } = await start();
    await expect(service.streams.call(action, input, {})).rejects.toThrow(message);
  });

  it('keeps records for 24 hours', async () => {
    const { service, put, clock } = await start();
    await put(key('a', '1'));
    await clock.advance(24 * 60 * 60 * 1000 + 2_000);
    await put(key('a', '2'));
    const call = (action: string, input: JsonObject) => service.streams.call(action, input, {});
    const { StreamDescription } = await call('DescribeStream', { StreamArn: STREAM_ARN });
    const { Shards } = StreamDescription as { Shards: { ShardId: string }[] };
    const pages = await Promise.all(
      Shards.map(async ({ ShardId }) => {
        const ShardIteratorType = 'TRIM_HORIZON';
        const { ShardIterator } = await call('GetShardIterator', {
          StreamArn: STREAM_ARN,
          ShardId,
          ShardIteratorType,
        });
        return (await call('GetRecords', { ShardIterator })).Records as ChangeRecord[];
      }),
    );
    expect(pages.flat().map(({ dynamodb }) => dynamodb.Keys)).toEqual([key('a', '2')]);
  });

  // docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetRecords.html
  it('removes the oldest records of a large stream, and rejects iterators that point to them', async () => {
    const stream = new Streams(
      [tableModel({ stream: { arn: STREAM_ARN, viewType: 'NEW_IMAGE' } })],
      Date.now,
    );
    const table = { ...tableModel().createTable, TableName: TABLE } as unknown as Table;
    const add = (id: number) => {
      const after = { ...key('a', String(id)), text: S('x'.repeat(400_000)) };
      stream.add([{ table, before: undefined, after }]);
    };
    const call = (action: string, input: JsonObject) => stream.call(action, input);
    const { StreamDescription } = await call('DescribeStream', { StreamArn: STREAM_ARN });
    const { Shards } = StreamDescription as { Shards: { ShardId: string }[] };
    let ShardId = '';
    const open = async (ShardIteratorType: string, SequenceNumber?: string) => {
      const input = { StreamArn: STREAM_ARN, ShardId, ShardIteratorType, SequenceNumber };
      return (await call('GetShardIterator', input)).ShardIterator;
    };
    const read = async (ShardIterator: unknown) =>
      (await call('GetRecords', { ShardIterator })).Records as ChangeRecord[];

    add(0);
    let first: unknown;
    let record: ChangeRecord | undefined;
    // The hash of the key selects the shard, so search all shards.
    for (const shard of Shards) {
      if (record) break;
      ShardId = shard.ShardId;
      first = await open('TRIM_HORIZON');
      [record] = await read(first);
    }
    const latest = await open('LATEST');
    const kept = Math.floor(MAX_STREAM_BYTES / Shards.length / (record?.dynamodb.SizeBytes as number));
    for (let id = 1; id < kept; id += 1) add(id);
    expect(await read(first)).toHaveLength(kept);
    add(kept);
    const trimmed = { code: 'TrimmedDataAccessException' };
    await expect(read(first)).rejects.toMatchObject(trimmed);
    const sequenceNumber = record?.dynamodb.SequenceNumber;
    await expect(open('AT_SEQUENCE_NUMBER', sequenceNumber)).rejects.toMatchObject(trimmed);
    expect(await read(latest)).toHaveLength(kept);
    expect(await read(await open('AFTER_SEQUENCE_NUMBER', sequenceNumber))).toHaveLength(kept);
    expect((await read(await open('TRIM_HORIZON')))[0]?.dynamodb.Keys).toEqual(key('a', '1'));
  });
});

// docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetRecords.html
it('continues with the oldest record if earlier records have been removed', async () => {
  let trims = 1;
  const { put, settle, batches } = await start(undefined, {}, {}, 'NEW_IMAGE', (action) => {
    if (action === 'GetRecords' && trims-- > 0) throw new AwsError('TrimmedDataAccessException', 'trimmed');
  });
  await put(key('a', '1'));
  await settle();
  expect(batches.flat()).toHaveLength(1);
});
