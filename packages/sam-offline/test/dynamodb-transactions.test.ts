import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import type { JsonObject } from '../src/core/service';
import type { DynamoDbService } from '../src/dynamodb';
import { client, failure, key, N, open, S, TABLE } from './support/dynamodb';

let service: DynamoDbService;
let db: ReturnType<typeof client>;

beforeEach(async () => {
  service = await open();
  db = client(service);
});

afterEach(() => service.close());

const put = (pk: string, sk: string, item: JsonObject = {}, more: JsonObject = {}) => ({
  Put: { TableName: TABLE, Item: { ...key(pk, sk), ...item }, ...more },
});
const absent = { ConditionExpression: 'attribute_not_exists(pk)' };
const present = { ConditionExpression: 'attribute_exists(pk)' };

describe('TransactWriteItems', () => {
  it('applies all four kinds of action', async () => {
    await db.put({ ...key('a', 'update'), n: N(1) });
    await db.put(key('a', 'delete'));
    await db.put(key('a', 'check'));
    const result = await db.transact([
      put('a', 'put', { n: N(1) }, absent),
      {
        Update: {
          TableName: TABLE,
          Key: key('a', 'update'),
          UpdateExpression: 'SET n = n + :one',
          ExpressionAttributeValues: { ':one': N(1) },
        },
      },
      { Delete: { TableName: TABLE, Key: key('a', 'delete'), ...present } },
      { ConditionCheck: { TableName: TABLE, Key: key('a', 'check'), ...present } },
    ]);
    expect(result).toEqual({});
    expect(await db.get('a', 'put')).toEqual({ ...key('a', 'put'), n: N(1) });
    expect(await db.get('a', 'update')).toEqual({ ...key('a', 'update'), n: N(2) });
    expect(await db.get('a', 'delete')).toBeUndefined();
    expect(await db.get('a', 'check')).toEqual(key('a', 'check'));
  });

  it('changes nothing if a condition fails and returns a reason for each action', async () => {
    const old = { ...key('a', 'old'), n: N(7) };
    await db.put(old);
    const error = await failure(
      db.transact([
        put('a', 'new', {}, absent),
        put('a', 'old', { n: N(8) }, { ...absent, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }),
        {
          ConditionCheck: {
            TableName: TABLE,
            Key: key('a', 'none'),
            ...present,
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          },
        },
        { Delete: { TableName: TABLE, Key: key('a', 'old2'), ...present } },
      ]),
    );
    expect(error).toMatchObject({ code: 'TransactionCanceledException', status: 400 });
    expect(error.message).toBe(
      'Transaction cancelled, please refer cancellation reasons for specific reasons ' +
        '[None, ConditionalCheckFailed, ConditionalCheckFailed, ConditionalCheckFailed]',
    );
    const failed = { Code: 'ConditionalCheckFailed', Message: 'The conditional request failed' };
    expect(error.fields).toEqual({
      CancellationReasons: [{ Code: 'None' }, { ...failed, Item: old }, failed, failed],
    });
    expect(await db.get('a', 'new')).toBeUndefined();
    expect(await db.get('a', 'old')).toEqual(old);
  });

  it('is cancelled with ValidationError if an action does not fit the item or its key', async () => {
    await db.put({ ...key('a', '1'), text: S('x') });
    const add = {
      Update: {
        TableName: TABLE,
        Key: key('a', '1'),
        UpdateExpression: 'ADD #t :one',
        ExpressionAttributeNames: { '#t': 'text' },
        ExpressionAttributeValues: { ':one': N(1) },
      },
    };
    expect((await failure(db.transact([put('a', '2'), add]))).fields).toEqual({
      CancellationReasons: [
        { Code: 'None' },
        {
          Code: 'ValidationError',
          Message: 'An operand in the update expression has an incorrect data type',
        },
      ],
    });
    const wrongKey = { Delete: { TableName: TABLE, Key: { pk: S('a') } } };
    expect((await failure(db.transact([wrongKey, put('a', '2')]))).fields).toEqual({
      CancellationReasons: [
        { Code: 'ValidationError', Message: 'The provided key element does not match the schema' },
        { Code: 'None' },
      ],
    });
    expect(await db.get('a', '2')).toBeUndefined();
  });

  it.each<[string, JsonObject[], RegExp]>([
    [
      'two actions on one item',
      [put('a', '1'), { Delete: { TableName: TABLE, Key: key('a', '1') } }],
      /^Transaction request cannot include multiple operations on one item$/,
    ],
    ['an empty list of actions', [], /'transactItems' .* length greater than or equal to 1/],
    [
      '101 actions',
      Array.from({ length: 101 }, (_, i) => put('a', String(i))),
      /length less than or equal to 100/,
    ],
    [
      'two actions in one entry',
      [{ ...put('a', '1'), Delete: { TableName: TABLE, Key: key('a', '2') } }],
      /can only contain one of Check, Put, Update or Delete/,
    ],
    ['an unknown action', [{ Get: { TableName: TABLE, Key: key('a', '2') } }], /can only contain one of/],
    [
      'a condition check without a condition',
      [{ ConditionCheck: { TableName: TABLE, Key: key('a', '1') } }],
      /transactItems\.1\.member\.conditionCheck\.conditionExpression/,
    ],
    [
      'an update without an update expression',
      [{ Update: { TableName: TABLE, Key: key('a', '1') } }],
      /transactItems\.1\.member\.update\.updateExpression/,
    ],
    [
      'invalid expression syntax',
      [put('a', '1', {}, { ConditionExpression: 'nonsense' })],
      /^Invalid ConditionExpression/,
    ],
    // docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
    [
      'more than 4 MB',
      Array.from({ length: 11 }, (_, i) => put('a', String(i), { text: S('x'.repeat(390_000)) })),
      /cannot exceed 4MB/,
    ],
  ])('rejects %s', async (_, items, message) => {
    const error = await failure(db.transact(items));
    expect(error.code).toBe('ValidationException');
    expect(error.message).toMatch(message);
    expect((await db.call('Scan', { TableName: TABLE })).Count).toBe(0);
  });

  it('accepts 100 actions', async () => {
    await db.transact(Array.from({ length: 100 }, (_, i) => put('a', String(i))));
    expect((await db.call('Scan', { TableName: TABLE, Select: 'COUNT' })).Count).toBe(100);
  });

  it('returns ResourceNotFoundException for an unknown table', async () => {
    const input = [put('a', '1'), { Put: { TableName: 'Nope', Item: key('a', '1') } }];
    expect((await failure(db.transact(input))).code).toBe('ResourceNotFoundException');
  });

  it('consumes twice the capacity', async () => {
    const items = [put('a', '1'), put('a', '2', { audience: S('x'), member: S('y') })];
    expect((await db.transact(items, { ReturnConsumedCapacity: 'TOTAL' })).ConsumedCapacity).toEqual([
      { TableName: TABLE, CapacityUnits: 6, WriteCapacityUnits: 6 },
    ]);
  });
});

describe('transaction isolation', () => {
  const read = async (name: string) => Number(((await db.get('account', name)) as { n: { N: string } }).n.N);
  const readBatch = async (names: string[]) => {
    const request = { ConsistentRead: true, Keys: names.map((name) => key('account', name)) };
    const { Responses } = await db.call('BatchGetItem', { RequestItems: { [TABLE]: request } });
    return (Responses as Record<string, { n: { N: string } }[]>)[TABLE]?.map(({ n }) => Number(n.N)) ?? [];
  };
  const readTransaction = async (names: string[]) => {
    const TransactItems = names.map((name) => ({ Get: { TableName: TABLE, Key: key('account', name) } }));
    const { Responses } = await db.call('TransactGetItems', { TransactItems });
    return (Responses as { Item: { n: { N: string } } }[]).map(({ Item }) => Number(Item.n.N));
  };
  const sum = (numbers: number[]) => numbers.reduce((a, b) => a + b);

  /** Repeats a transaction until it does not conflict with another transaction. */
  const retryCancelled = async (items: JsonObject[]): Promise<void> => {
    for (;;) {
      const error = await db.transact(items).then(
        () => undefined,
        (reason) => reason,
      );
      if (error === undefined) return;
      expect(error.code).toBe('TransactionCanceledException');
      await sleep(Math.random() * 20);
    }
  };

  // docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-isolation
  it('isolates TransactGetItems, but not BatchGetItem, and loses no update', async () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    for (const name of names) await db.put({ ...key('account', name), n: N(100) });
    const change = (name: string, by: number) => ({
      Update: {
        TableName: TABLE,
        Key: key('account', name),
        UpdateExpression: 'ADD n :by',
        ExpressionAttributeValues: { ':by': N(by) },
      },
    });
    const batchSums = new Set<number>();
    const transactionSums = new Set<number>();
    let hasEnough = false;
    const move = async (from: string, to: string) => {
      while (!hasEnough) {
        await retryCancelled([change(from, -3), change(to, 3)]);
        await setImmediate(); // lets other tasks run: a call in this process can consist of microtasks only
      }
    };
    const readBatches = async () => {
      while (!hasEnough) batchSums.add(sum(await readBatch(names)));
    };
    const readTransactions = async () => {
      while (!hasEnough) {
        // Conflicts with the writers cancel most of the reads.
        const numbers = await readTransaction(names).catch(() => undefined);
        if (numbers) transactionSums.add(sum(numbers));
        hasEnough = transactionSums.size > 0 && batchSums.size > 1;
        await sleep(Math.random() * 5);
      }
    };
    await Promise.all([move('a', 'b'), move('c', 'd'), move('e', 'a'), readBatches(), readTransactions()]);
    expect(transactionSums).toEqual(new Set([500]));
    expect(batchSums.size).toBeGreaterThan(1);
    expect(sum(await Promise.all(names.map(read)))).toBe(500);
  });

  it('lets exactly one of several conflicting writers succeed', async () => {
    await db.put({ ...key('room', '#'), seq: N(0) });
    const send = (from: number, text: string) =>
      db.transact([
        {
          Update: {
            TableName: TABLE,
            Key: key('room', '#'),
            UpdateExpression: 'SET seq = :next',
            ConditionExpression: 'seq = :n',
            ExpressionAttributeValues: { ':n': N(from), ':next': N(from + 1) },
          },
        },
        put('room', `message#${from + 1}`, { text: S(text) }, absent),
      ]);
    for (let n = 0; n < 30; n += 1) {
      const results = await Promise.allSettled(['x', 'y', 'z'].map((text) => send(n, text)));
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    }
    expect((await db.call('Scan', { TableName: TABLE })).Count).toBe(31);
  });
});

describe('ClientRequestToken', () => {
  const add = (by: number) => [
    {
      Update: {
        TableName: TABLE,
        Key: key('a', '1'),
        UpdateExpression: 'ADD n :by',
        ExpressionAttributeValues: { ':by': N(by) },
      },
    },
  ];
  const token = { ClientRequestToken: 'token-1' };
  const value = async () => (await db.get('a', '1'))?.n;

  afterEach(() => jest.useRealTimers());

  it('makes a repeated request succeed without changes', async () => {
    await db.transact(add(1), token);
    expect(await db.transact(add(1), token)).toEqual({});
    expect(await value()).toEqual(N(1));
    const { ConsumedCapacity } = await db.transact(add(1), { ...token, ReturnConsumedCapacity: 'TOTAL' });
    expect(ConsumedCapacity).toEqual([{ TableName: TABLE, CapacityUnits: 1, ReadCapacityUnits: 1 }]);
  });

  it('is rejected with different parameters', async () => {
    await db.transact(add(1), token);
    expect(await failure(db.transact(add(2), token))).toMatchObject({
      code: 'IdempotentParameterMismatchException',
    });
    expect(await value()).toEqual(N(1));
  });

  it('is rejected while the first request is in progress', async () => {
    const [first, same, other] = await Promise.allSettled([
      db.transact(add(1), token),
      db.transact(add(1), token),
      db.transact(add(2), token),
    ]);
    expect(first?.status).toBe('fulfilled');
    expect(same).toMatchObject({ reason: { code: 'TransactionInProgressException' } });
    expect(other).toMatchObject({ reason: { code: 'IdempotentParameterMismatchException' } });
    expect(await value()).toEqual(N(1));
  });

  it('can be used again after a cancelled transaction', async () => {
    const check = { ConditionCheck: { TableName: TABLE, Key: key('a', '2'), ...present } };
    expect((await failure(db.transact([...add(1), check], token))).code).toBe('TransactionCanceledException');
    await db.put(key('a', '2'));
    await db.transact([...add(1), check], token);
    expect(await value()).toEqual(N(1));
  });

  it('is valid for ten minutes', async () => {
    await db.transact(add(1), token);
    jest.useFakeTimers({
      doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'],
      now: Date.now() + 599_000,
    });
    await db.transact(add(1), token);
    expect(await value()).toEqual(N(1));
    jest.setSystemTime(Date.now() + 2000);
    await db.transact(add(1), token);
    expect(await value()).toEqual(N(2));
  });

  it('is rejected if it is longer than 36 characters', async () => {
    const error = await failure(db.transact(add(1), { ClientRequestToken: 'x'.repeat(37) }));
    expect(error.message).toMatch(/'clientRequestToken' .* less than or equal to 36/);
  });
});

describe('TransactGetItems', () => {
  const get = (pk: string, sk: string, more: JsonObject = {}) => ({
    Get: { TableName: TABLE, Key: key(pk, sk), ...more },
  });

  it('returns items in request order and an empty entry for a missing item', async () => {
    await db.put({ ...key('a', '1'), n: N(1) });
    await db.put({ ...key('a', '2'), n: N(2) });
    const TransactItems = [get('a', '2'), get('a', 'none'), get('a', '1', { ProjectionExpression: 'n' })];
    expect(await db.call('TransactGetItems', { TransactItems })).toEqual({
      Responses: [{ Item: { ...key('a', '2'), n: N(2) } }, {}, { Item: { n: N(1) } }],
    });
  });

  it('rejects duplicate items and actions other than Get', async () => {
    const twice = await failure(
      db.call('TransactGetItems', { TransactItems: [get('a', '1'), get('a', '1')] }),
    );
    expect(twice.message).toBe('Transaction request cannot include multiple operations on one item');
    expect((await failure(db.call('TransactGetItems', { TransactItems: [put('a', '1')] }))).code).toBe(
      'ValidationException',
    );
  });
});
