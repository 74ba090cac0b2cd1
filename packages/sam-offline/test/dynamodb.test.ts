import type { JsonObject } from '../src/core/service';
import type { DynamoDbService } from '../src/dynamodb';
import { client, failure, key, N, open, S, TABLE, tableModel } from './support/dynamodb';

let service: DynamoDbService;
let db: ReturnType<typeof client>;

beforeEach(async () => {
  service = await open();
  db = client(service);
});

afterEach(() => service.close());

describe('single-item actions', () => {
  it('puts, gets, updates and deletes an item and returns its old attributes', async () => {
    await db.put({ ...key('a', '1'), n: N(1) });
    expect(await db.put({ ...key('a', '1'), n: N(2) }, { ReturnValues: 'ALL_OLD' })).toEqual({
      Attributes: { ...key('a', '1'), n: N(1) },
    });
    const update = { TableName: TABLE, Key: key('a', '1'), UpdateExpression: 'ADD n :one' };
    expect(
      await db.call('UpdateItem', {
        ...update,
        ExpressionAttributeValues: { ':one': N(1) },
        ReturnValues: 'UPDATED_NEW',
      }),
    ).toEqual({ Attributes: { n: N(3) } });
    expect(await db.get('a', '1')).toEqual({ ...key('a', '1'), n: N(3) });
    expect(
      await db.call('DeleteItem', { TableName: TABLE, Key: key('a', '1'), ReturnValues: 'ALL_OLD' }),
    ).toEqual({
      Attributes: { ...key('a', '1'), n: N(3) },
    });
    expect(await db.get('a', '1')).toBeUndefined();
    expect(
      await db.call('DeleteItem', { TableName: TABLE, Key: key('a', '1'), ReturnValues: 'ALL_OLD' }),
    ).toEqual({});
  });

  it('distinguishes keys that differ only in their bytes', async () => {
    const names = ['é', 'e\u0301', '😀', '\uffff', 'a/b', 'a~b', 'a', 'A', 'a '];
    for (const name of names) await db.put({ ...key(name, name), n: S(name) });
    for (const name of names) expect(await db.get(name, name)).toEqual({ ...key(name, name), n: S(name) });
  });

  it.each(['PutItem', 'UpdateItem', 'DeleteItem'])(
    '%s returns the item when its condition fails',
    async (action) => {
      const item = { ...key('a', '1'), n: N(1) };
      await db.put(item);
      const input = {
        TableName: TABLE,
        ...(action === 'PutItem' ? { Item: key('a', '1') } : { Key: key('a', '1') }),
        ...(action === 'UpdateItem' && { UpdateExpression: 'REMOVE n' }),
        ConditionExpression: 'attribute_not_exists(pk)',
      };
      const error = await failure(
        db.call(action, { ...input, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }),
      );
      expect(error).toMatchObject({
        code: 'ConditionalCheckFailedException',
        message: 'The conditional request failed',
        status: 400,
        fields: { Item: item },
      });
      expect((await failure(db.call(action, input))).fields).toEqual({});
      expect(await db.get('a', '1')).toEqual(item);
    },
  );

  it('assigns the value that an attribute had before the update', async () => {
    const set = (...values: string[]) => ({ SS: values });
    await db.put({ ...key('a', '1'), tags: set('old') });
    for (const UpdateExpression of ['SET former = tags ADD tags :new', 'ADD tags :newer SET former = tags']) {
      const before = await db.get('a', '1');
      const [, name = ''] = /(:\w+)/.exec(UpdateExpression) ?? [];
      const ExpressionAttributeValues = { [name]: set(name) };
      await db.call('UpdateItem', {
        TableName: TABLE,
        Key: key('a', '1'),
        UpdateExpression,
        ExpressionAttributeValues,
      });
      expect((await db.get('a', '1'))?.former).toEqual(before?.tags);
    }
  });

  it('serializes concurrent writes to one item', async () => {
    await db.put({ ...key('a', '1'), n: N(0) });
    const increment = (from: number) =>
      db.call('UpdateItem', {
        TableName: TABLE,
        Key: key('a', '1'),
        UpdateExpression: 'SET n = :next',
        ConditionExpression: 'n = :n',
        ExpressionAttributeValues: { ':n': N(from), ':next': N(from + 1) },
      });
    for (let n = 0; n < 20; n += 1) {
      const results = await Promise.allSettled(Array.from({ length: 10 }, () => increment(n)));
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    }
    expect((await db.get('a', '1'))?.n).toEqual(N(20));
  });
});

describe('conditions', () => {
  const item = {
    ...key('a', '1'),
    n: N('10'),
    s: S('\ufb00'),
    pieces: { L: [N(1), { M: { x: S('y') } }] },
    map: { M: { b: N(2), a: N(1) } },
    set: { SS: ['x', 'y'] },
  };
  const holds = async (expression: string, values?: JsonObject) => {
    const input = {
      TransactItems: [
        {
          ConditionCheck: {
            TableName: TABLE,
            Key: key('a', '1'),
            ConditionExpression: expression,
            ...(values && { ExpressionAttributeValues: values }),
          },
        },
      ],
    };
    const result = await db.call('TransactWriteItems', input).catch((error) => error.code as string);
    if (result === 'TransactionCanceledException') return false;
    expect(result).toEqual({});
    return true;
  };

  beforeEach(() => db.put(item));

  it.each<[boolean, string, JsonObject | undefined]>([
    [true, 'n > :v', { ':v': N('9.5') }],
    [false, 'n > :v', { ':v': S('9.5') }],
    [true, 'pieces = :v', { ':v': item.pieces }],
    [true, 'pieces[1] = :v', { ':v': { M: { x: S('y') } } }],
    [true, 'contains(pieces, :v)', { ':v': { M: { x: S('y') } } }],
    [true, 'contains(s, :v)', { ':v': S('\ufb00') }],
    [false, 'gone = nope', undefined],
    [true, 'gone <> nope', undefined],
    [false, 'gone < nope', undefined],
    [false, 'gone <= nope', undefined],
    [true, 'NOT gone = :v', { ':v': N(1) }],
    [true, 's < :v', { ':v': S('😀') }],
    [true, 'n BETWEEN :a AND :b', { ':a': N('1'), ':b': N('1e1') }],
    [true, 'n IN (:a, :b)', { ':a': S('10'), ':b': N('10.0') }],
    [true, 'begins_with(pieces[1].x, :v)', { ':v': S('y') }],
    [false, 'begins_with(n, :v)', { ':v': S('1') }],
    [true, 'size(pieces) = :v', { ':v': N(2) }],
    [false, 'size(n) = :v', { ':v': N(2) }],
    [true, 'attribute_type(pieces, :v) AND attribute_not_exists(pieces[2])', { ':v': S('L') }],
  ])('evaluates to %s: %s', async (expected, expression, values) => {
    expect(await holds(expression, values)).toBe(expected);
  });

  it('compares sets and maps regardless of order', async () => {
    const equal = (name: string, value: JsonObject) =>
      db.call('UpdateItem', {
        TableName: TABLE,
        Key: key('a', '1'),
        ConditionExpression: '#name = :v',
        ExpressionAttributeNames: { '#name': name },
        ExpressionAttributeValues: { ':v': value },
      });
    await equal('set', { SS: ['y', 'x'] });
    await equal('map', { M: { a: N(1), b: N(2) } });
    expect((await failure(equal('map', { M: { a: N(1) } }))).code).toBe('ConditionalCheckFailedException');
  });
});

describe('limits', () => {
  // docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
  it('limits items to 400 KB, counted in bytes', async () => {
    await db.put({ ...key('a', '1'), text: S('x'.repeat(400 * 1024 - 10)) });
    const tooLong = { ...key('a', '2'), text: S('é'.repeat(205 * 1024)) };
    expect(await failure(db.put(tooLong))).toMatchObject({
      code: 'ValidationException',
      message: 'Item size has exceeded the maximum allowed size',
    });
    const update = db.call('UpdateItem', {
      TableName: TABLE,
      Key: key('a', '1'),
      UpdateExpression: 'SET more = :more',
      ExpressionAttributeValues: { ':more': S('more than ten bytes') },
    });
    expect((await failure(update)).message).toBe('Item size to update has exceeded the maximum allowed size');
  });

  it.each<[string, JsonObject, RegExp]>([
    ['an empty partition key', key('', '1'), /empty string value\. Key: pk/],
    ['an empty sort key', key('a', ''), /empty string value\. Key: sk/],
    ['a partition key over 2,048 bytes', key('é'.repeat(1025), '1'), /maximum size limit of2048 bytes/],
    ['a sort key over 1,024 bytes', key('a', 'é'.repeat(513)), /size limit of 1024 bytes/],
    ['a missing key', { pk: S('a') }, /Missing the key sk in the item/],
    ['a key of another type', { pk: N(1), sk: S('1') }, /Type mismatch for key pk expected: S actual: N/],
    [
      'an empty index key',
      { ...key('a', '1'), audience: S(''), member: S('x') },
      /IndexName: Audience, IndexKey: audience/,
    ],
    [
      'an index key of another type',
      { ...key('a', '1'), audience: N(1) },
      /Type mismatch for Index Key audience/,
    ],
  ])('rejects %s', async (_, item, message) => {
    const error = await failure(db.put(item));
    expect(error.code).toBe('ValidationException');
    expect(error.message).toMatch(message);
  });
});

describe('update expressions', () => {
  it('resolves REMOVE positions against the original list', async () => {
    await db.put({ ...key('a', '1'), list: { L: [N(0), N(1), N(2), N(3)] } });
    const input = {
      TableName: TABLE,
      Key: key('a', '1'),
      UpdateExpression: 'REMOVE #l[0], #l[2]',
      ReturnValues: 'ALL_NEW',
    };
    const { Attributes } = await db.call('UpdateItem', {
      ...input,
      ExpressionAttributeNames: { '#l': 'list' },
    });
    expect((Attributes as JsonObject).list).toEqual({ L: [N(1), N(3)] });
  });
});

describe('batch actions', () => {
  const puts = (count: number) =>
    Array.from({ length: count }, (_, i) => ({ PutRequest: { Item: key('b', String(i)) } }));

  it('writes up to 25 items and reads up to 100 keys', async () => {
    expect(await db.call('BatchWriteItem', { RequestItems: { [TABLE]: puts(25) } })).toEqual({
      UnprocessedItems: {},
    });
    const deletes = [{ DeleteRequest: { Key: key('b', '0') } }];
    await db.call('BatchWriteItem', { RequestItems: { [TABLE]: deletes } });
    const Keys = Array.from({ length: 100 }, (_, i) => key('b', String(i)));
    const request = { ConsistentRead: true, ProjectionExpression: 'sk', Keys };
    const { Responses, UnprocessedKeys } = await db.call('BatchGetItem', {
      RequestItems: { [TABLE]: request },
    });
    const found = (Responses as Record<string, { sk: { S: string } }[]>)[TABLE];
    expect(found?.map(({ sk }) => Number(sk.S)).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 24 }, (_, i) => i + 1),
    );
    expect(UnprocessedKeys).toEqual({});
  });

  it('rejects more than 25 writes, more than 100 reads, and duplicate keys', async () => {
    const write = (requests: unknown) =>
      failure(db.call('BatchWriteItem', { RequestItems: { [TABLE]: requests } }));
    expect((await write(puts(26))).code).toBe('ValidationException');
    const twice = await write([...puts(1), { DeleteRequest: { Key: key('b', '0') } }]);
    expect(twice.message).toBe('Provided list of item keys contains duplicates');
    const Keys = Array.from({ length: 101 }, (_, i) => key('b', String(i)));
    expect((await failure(db.call('BatchGetItem', { RequestItems: { [TABLE]: { Keys } } }))).code).toBe(
      'ValidationException',
    );
    expect(await db.get('b', '0')).toBeUndefined();
  });

  // docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
  it('returns up to 16 MB and lists the remaining keys as unprocessed', async () => {
    const Keys = Array.from({ length: 45 }, (_, i) => key('big', String(i)));
    for (const each of Keys) await db.put({ ...each, text: S('x'.repeat(390 * 1024)) });
    const answer = await db.call('BatchGetItem', {
      RequestItems: { [TABLE]: { Keys, ConsistentRead: true } },
    });
    const returned = (answer.Responses as Record<string, { sk: { S: string } }[]>)[TABLE];
    const rest = (answer.UnprocessedKeys as Record<string, { Keys: unknown[]; ConsistentRead: boolean }>)[
      TABLE
    ];
    expect(returned).toHaveLength(42);
    const missing = Keys.filter(({ sk }) => !returned?.some((item) => item.sk.S === sk.S));
    expect(rest).toEqual({ ConsistentRead: true, Keys: expect.arrayContaining(missing) });
    expect(rest?.Keys).toHaveLength(3);
  });
});

describe('consumed capacity', () => {
  it('includes an index only when its entry changes', async () => {
    const item = { ...key('a', '1'), audience: S('r#0'), member: S('u'), nick: S('Ada') };
    const cost = async (changes: JsonObject) => {
      const { ConsumedCapacity } = await db.put({ ...item, ...changes }, { ReturnConsumedCapacity: 'TOTAL' });
      return (ConsumedCapacity as JsonObject).CapacityUnits;
    };
    expect(await cost({})).toBe(2);
    expect(await cost({ other: S('not in the index') })).toBe(1);
    expect(await cost({ nick: S('Grace') })).toBe(2);
    expect(await cost({ member: S('v') })).toBe(3);
  });
});

describe('tables', () => {
  it('describes and lists the tables', async () => {
    const { Table } = await db.call('DescribeTable', { TableName: TABLE });
    expect(Table).toMatchObject({
      TableName: TABLE,
      TableStatus: 'ACTIVE',
      TableArn: 'arn:aws:dynamodb:eu-west-1:123456789012:table/Rooms',
      BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' },
      GlobalSecondaryIndexes: [
        {
          IndexName: 'Audience',
          IndexStatus: 'ACTIVE',
          IndexArn: 'arn:aws:dynamodb:eu-west-1:123456789012:table/Rooms/index/Audience',
        },
      ],
    });
    expect(await db.call('ListTables', {})).toEqual({ TableNames: [TABLE] });
  });

  it('lists tables in pages', async () => {
    const names = ['Ccc', 'Aaa', 'Bbb'];
    const many = await open(
      undefined,
      names.map((name) => tableModel({ name })),
    );
    const { call } = client(many);
    const first = await call('ListTables', { Limit: 2 });
    expect(first).toEqual({ TableNames: ['Aaa', 'Bbb'], LastEvaluatedTableName: 'Bbb' });
    expect(await call('ListTables', { ExclusiveStartTableName: 'Bbb' })).toEqual({ TableNames: ['Ccc'] });
    await many.close();
  });

  it('returns ResourceNotFoundException for an unknown table', async () => {
    const input = { TableName: 'Nope', Key: key('a', '1') };
    for (const action of ['GetItem', 'DeleteItem', 'DescribeTable', 'DescribeTimeToLive']) {
      expect(await failure(db.call(action, input))).toMatchObject({
        code: 'ResourceNotFoundException',
        status: 400,
      });
    }
  });
});
