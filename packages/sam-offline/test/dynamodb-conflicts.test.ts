import { setTimeout as sleep } from 'node:timers/promises';
import type { JsonObject } from '../src/core/service';
import { type DynamoDbService, openDynamoDb } from '../src/dynamodb';
import { createTransactionDuration } from '../src/dynamodb/transactions/duration';
import { client, failure, key, N, S, TABLE, tableModel } from './support/dynamodb';

// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-conflict-handling

let service: DynamoDbService;
let db: ReturnType<typeof client>;
let conflicts: number;

/** Opens a database in which a transaction takes long enough to overlap the next request. */
beforeEach(async () => {
  conflicts = 0;
  service = await openDynamoDb({
    tables: [tableModel()],
    onTransactionConflict: () => {
      conflicts += 1;
    },
    transactionMs: () => 30,
  });
  db = client(service);
});

afterEach(() => service.close());

const put = (pk: string, sk: string, item: JsonObject = {}) => ({
  Put: { TableName: TABLE, Item: { ...key(pk, sk), ...item } },
});
const check = (pk: string, sk: string) => ({
  ConditionCheck: {
    TableName: TABLE,
    Key: key(pk, sk),
    ConditionExpression: 'attribute_exists(pk)',
  },
});
const get = (pk: string, sk: string) => ({ Get: { TableName: TABLE, Key: key(pk, sk) } });
const conflict = { Code: 'TransactionConflict', Message: 'Transaction is ongoing for the item' };
const none = { Code: 'None' };

describe('TransactWriteItems', () => {
  it('is cancelled if another transaction is using one of its items', async () => {
    const first = db.transact([put('a', '1'), put('a', '2', { n: N(1) })]);
    const error = await failure(db.transact([put('a', '3'), put('a', '2', { n: N(2) })]));
    expect(error).toMatchObject({
      code: 'TransactionCanceledException',
      status: 400,
      message:
        'Transaction cancelled, please refer cancellation reasons for specific reasons [None, TransactionConflict]',
      fields: { CancellationReasons: [none, conflict] },
    });
    await first;
    expect(await db.get('a', '2')).toEqual({ ...key('a', '2'), n: N(1) });
    expect(await db.get('a', '3')).toBeUndefined();
    expect(conflicts).toBe(1);
  });

  it('conflicts with a condition check on the same item', async () => {
    await db.put(key('a', 'record'));
    const first = db.transact([check('a', 'record'), put('a', '1')]);
    const error = await failure(db.transact([check('a', 'record'), put('a', '2')]));
    expect(error.fields).toEqual({ CancellationReasons: [conflict, none] });
    await first;
  });

  it('reports conflicts and failed conditions together', async () => {
    const first = db.transact([put('a', '1')]);
    const error = await failure(db.transact([put('a', '1'), check('a', 'none')]));
    expect(error.fields).toMatchObject({
      CancellationReasons: [conflict, { Code: 'ConditionalCheckFailed' }],
    });
    await first;
  });

  it('is cancelled by a single write in progress', async () => {
    const write = db.put(key('a', '1'));
    expect((await failure(db.transact([put('a', '1')]))).fields).toEqual({ CancellationReasons: [conflict] });
    await write;
  });

  it('blocks its other items until it is cancelled', async () => {
    const first = db.transact([put('a', '1')]);
    const second = failure(db.transact([put('a', '1'), put('a', '2')]));
    const third = await failure(db.transact([put('a', '2')]));
    expect(third.fields).toEqual({ CancellationReasons: [conflict] });
    await Promise.all([first, second]);
  });

  it('succeeds after the other transaction has ended', async () => {
    await db.transact([put('a', '1', { n: N(1) })]);
    await failure(db.transact([put('a', '1', { n: N(2) }), check('a', 'none')]));
    await db.transact([put('a', '1', { n: N(3) })]);
    expect((await db.get('a', '1'))?.n).toEqual(N(3));
    expect(conflicts).toBe(0);
  });

  it('does not conflict with transactions on other items', async () => {
    await Promise.all(['1', '2', '3'].map((sk) => db.transact([put('a', sk)])));
    expect(conflicts).toBe(0);
  });

  it('is rejected with TransactionInProgressException while a request with the same token is in progress', async () => {
    const token = { ClientRequestToken: 'token' };
    const first = db.transact([put('a', '1')], token);
    expect((await failure(db.transact([put('a', '1')], token))).code).toBe('TransactionInProgressException');
    await first;
    expect(await db.transact([put('a', '1')], token)).toEqual({});
  });
});

describe('a single write to an item in an ongoing transaction', () => {
  const writes: [string, JsonObject][] = [
    ['PutItem', { Item: { ...key('a', '1'), n: N(2) } }],
    [
      'UpdateItem',
      {
        Key: key('a', '1'),
        UpdateExpression: 'SET n = :n',
        ExpressionAttributeValues: { ':n': N(2) },
      },
    ],
    ['DeleteItem', { Key: key('a', '1') }],
  ];

  it.each(writes)('is rejected: %s', async (action, input) => {
    const transaction = db.transact([put('a', '1', { n: N(1) })]);
    const error = await failure(db.call(action, { TableName: TABLE, ...input }));
    expect(error).toMatchObject({
      code: 'TransactionConflictException',
      status: 400,
      message: 'Transaction is ongoing for the item',
    });
    await transaction;
    expect((await db.get('a', '1'))?.n).toEqual(N(1));
    await db.call(action, { TableName: TABLE, ...input });
    expect(conflicts).toBe(1);
  });

  it('is returned as unprocessed by BatchWriteItem', async () => {
    const transaction = db.transact([put('a', '1', { n: N(1) })]);
    const rejected = { PutRequest: { Item: { ...key('a', '1'), n: N(2) } } };
    const accepted = { PutRequest: { Item: key('a', '2') } };
    const RequestItems = { [TABLE]: [rejected, accepted] };
    expect(await db.call('BatchWriteItem', { RequestItems })).toEqual({
      UnprocessedItems: { [TABLE]: [rejected] },
    });
    await transaction;
    expect((await db.get('a', '1'))?.n).toEqual(N(1));
    expect(await db.get('a', '2')).toEqual(key('a', '2'));
  });
});

describe('a single write', () => {
  it('waits for another write to its item', async () => {
    const add = () =>
      db.call('UpdateItem', {
        TableName: TABLE,
        Key: key('a', '1'),
        UpdateExpression: 'ADD n :one',
        ExpressionAttributeValues: { ':one': N(1) },
      });
    await Promise.all(Array.from({ length: 50 }, add));
    expect((await db.get('a', '1'))?.n).toEqual(N(50));
    expect(conflicts).toBe(0);
  });
});

describe('TTL', () => {
  it('leaves an expired item in an ongoing transaction for the next sweep', async () => {
    await db.put({ ...key('a', '1'), expiresAt: N(Math.floor(Date.now() / 1000) - 10) });
    await db.put(key('a', '2'));
    const transaction = db.transact([check('a', '1')]);
    expect(await service.expireNow()).toBe(0);
    await transaction;
    expect(await service.expireNow()).toBe(1);
  });
});

describe('a read', () => {
  beforeEach(() => db.put({ ...key('a', '1'), text: S('before') }));

  it('is not blocked by a transaction, and returns the previous item', async () => {
    const transaction = db.transact([put('a', '1', { text: S('after') })]);
    expect((await db.get('a', '1'))?.text).toEqual(S('before'));
    await transaction;
    expect((await db.get('a', '1'))?.text).toEqual(S('after'));
  });

  it('is cancelled during a transaction if it is a TransactGetItems request', async () => {
    const transaction = db.transact([put('a', '1')]);
    const error = await failure(
      db.call('TransactGetItems', { TransactItems: [get('a', '1'), get('a', '2')] }),
    );
    expect(error).toMatchObject({
      code: 'TransactionCanceledException',
      fields: { CancellationReasons: [conflict, none] },
    });
    await transaction;
  });

  it('is cancelled by a later successful write if it is a TransactGetItems request', async () => {
    const read = failure(db.call('TransactGetItems', { TransactItems: [get('a', '2'), get('a', '1')] }));
    await sleep(1);
    await db.put({ ...key('a', '1'), text: S('after') });
    expect((await read).fields).toEqual({ CancellationReasons: [none, conflict] });
    expect((await db.get('a', '1'))?.text).toEqual(S('after'));
  });

  it('does not conflict with another read', async () => {
    const TransactItems = [get('a', '1')];
    await Promise.all([1, 2, 3].map(() => db.call('TransactGetItems', { TransactItems })));
    expect(conflicts).toBe(0);
  });
});

describe('the duration of a transaction', () => {
  it('is from 5 to 15 ms and repeatable with a seed', () => {
    const sample = (seed: number) => {
      const duration = createTransactionDuration(seed);
      return Array.from({ length: 100 }, duration);
    };
    expect(sample(1)).toEqual(sample(1));
    expect(sample(1)).not.toEqual(sample(2));
    for (const ms of sample(3)) {
      expect(ms).toBeGreaterThanOrEqual(5);
      expect(ms).toBeLessThan(15);
    }
  });
});
