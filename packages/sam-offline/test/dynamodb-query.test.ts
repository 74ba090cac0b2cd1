import type { JsonObject } from '../src/core/service';
import type { DynamoDbService } from '../src/dynamodb';
import { client, failure, key, N, numberedTable, open, S, TABLE, tableModel } from './support/dynamodb';

let service: DynamoDbService;
let db: ReturnType<typeof client>;

beforeAll(async () => {
  service = await open(undefined, [tableModel(), numberedTable()]);
  db = client(service);
});

afterAll(() => service.close());

/** Reads all pages of a Query or Scan. Checks that every page but the last has `Limit` items. */
async function all(action: 'Query' | 'Scan', input: JsonObject): Promise<JsonObject[]> {
  const items: JsonObject[] = [];
  let start: unknown;
  do {
    const page = await db.call(action, {
      ...input,
      ...(start !== undefined && { ExclusiveStartKey: start }),
    });
    items.push(...(page.Items as JsonObject[]));
    start = page.LastEvaluatedKey;
    if (start !== undefined && input.Limit !== undefined) expect(page.ScannedCount).toBe(input.Limit);
  } while (start !== undefined);
  return items;
}

async function fill(items: JsonObject[], table = TABLE): Promise<void> {
  for (let i = 0; i < items.length; i += 25) {
    const requests = items.slice(i, i + 25).map((Item) => ({ PutRequest: { Item } }));
    await db.call('BatchWriteItem', { RequestItems: { [table]: requests } });
  }
}

const COUNT = 3000;
const padded = (i: number) => String(i).padStart(5, '0');

describe('a partition of 3,000 items', () => {
  const partition = { KeyConditionExpression: 'pk = :pk', ExpressionAttributeValues: { ':pk': S('many') } };

  beforeAll(async () => {
    await fill(
      Array.from({ length: COUNT }, (_, i) => ({
        ...key('many', padded(i)),
        audience: S('r#0'),
        member: S(padded(i)),
      })),
    );
    // Partitions with similar keys must not appear in the results.
    await fill(
      ['man', 'many0', 'many/'].map((pk) => ({ ...key(pk, '1'), audience: S(`r#0${pk}`), member: S('x') })),
    );
  });

  it.each([
    [7, true],
    [250, false],
    [1000, true],
    [3000, false],
  ])('returns every item once, in order, in pages of %d (forward: %s)', async (Limit, ScanIndexForward) => {
    const items = await all('Query', { TableName: TABLE, ...partition, Limit, ScanIndexForward });
    const expected = Array.from({ length: COUNT }, (_, i) => padded(ScanIndexForward ? i : COUNT - 1 - i));
    expect(items.map(({ sk }) => (sk as { S: string }).S)).toEqual(expected);
  });

  it.each([true, false])('returns index entries in order (forward: %s)', async (ScanIndexForward) => {
    const items = await all('Query', {
      TableName: TABLE,
      IndexName: 'Audience',
      KeyConditionExpression: 'audience = :audience',
      ExpressionAttributeValues: { ':audience': S('r#0') },
      Limit: 333,
      ScanIndexForward,
    });
    const expected = Array.from({ length: COUNT }, (_, i) => padded(ScanIndexForward ? i : COUNT - 1 - i));
    expect(items.map(({ member }) => (member as { S: string }).S)).toEqual(expected);
  });

  it('returns every item once in a Scan and in a parallel Scan', async () => {
    const scanned = await all('Scan', { TableName: TABLE, Limit: 700 });
    expect(new Set(scanned.map((item) => JSON.stringify([item.pk, item.sk]))).size).toBe(scanned.length);
    expect(scanned).toHaveLength(COUNT + 3);
    const segments = await Promise.all(
      [0, 1, 2].map((Segment) => all('Scan', { TableName: TABLE, Segment, TotalSegments: 3 })),
    );
    expect(segments.flat()).toHaveLength(COUNT + 3);
  });
});

describe('an index with equal keys', () => {
  // Dynalite distinguishes the items by a 24-bit hash. This number of items causes hash collisions.
  const count = 12_000;
  const query = {
    TableName: TABLE,
    IndexName: 'Audience',
    KeyConditionExpression: 'audience = :audience',
    ExpressionAttributeValues: { ':audience': S('same') },
  };

  beforeAll(async () => {
    await fill(
      Array.from({ length: count }, (_, i) => ({
        ...key(`p${i}`, 's'),
        audience: S('same'),
        member: S('same'),
      })),
    );
  });

  it.each([true, false])('contains each item once (forward: %s)', async (ScanIndexForward) => {
    const items = await all('Query', { ...query, Limit: 997, ScanIndexForward });
    expect(items).toHaveLength(count);
    expect(new Set(items.map(({ pk }) => (pk as { S: string }).S)).size).toBe(count);
  });

  it('removes only the entries of deleted and moved items', async () => {
    for (let i = 0; i < 50; i += 1) await db.call('DeleteItem', { TableName: TABLE, Key: key(`p${i}`, 's') });
    for (let i = 50; i < 100; i += 1)
      await db.put({ ...key(`p${i}`, 's'), audience: S('other'), member: S('same') });
    for (let i = 100; i < 150; i += 1) await db.put({ ...key(`p${i}`, 's'), audience: S('same') });
    const pages = await all('Query', query);
    expect(pages).toHaveLength(count - 150);
  });
});

describe('sort keys', () => {
  it('sorts numbers by value', async () => {
    const numbers = [
      '-1e20',
      '-100.5',
      '-100',
      '-99.1',
      '-1',
      '-0.5',
      '-1e-9',
      '0',
      '1e-9',
      '0.5',
      '1',
      '9',
      '10',
      '10.01',
      '1e20',
    ];
    const shuffled = [...numbers].sort();
    await fill(
      shuffled.map((n) => ({ pk: S('n'), n: N(n) })),
      'Numbered',
    );
    const range = (condition: string, values: JsonObject) =>
      all('Query', {
        TableName: 'Numbered',
        KeyConditionExpression: `pk = :pk${condition}`,
        ExpressionAttributeValues: { ':pk': S('n'), ...values },
        Limit: 2,
      }).then((items) => items.map(({ n }) => Number((n as { N: string }).N)));
    const values = numbers.map(Number);
    expect(await range('', {})).toEqual(values);
    expect(await range(' AND n < :n', { ':n': N('-1') })).toEqual(values.filter((n) => n < -1));
    expect(await range(' AND n >= :n', { ':n': N('0.5') })).toEqual(values.filter((n) => n >= 0.5));
    expect(await range(' AND n BETWEEN :a AND :b', { ':a': N('-99.1'), ':b': N('10') })).toEqual(
      values.filter((n) => n >= -99.1 && n <= 10),
    );
  });

  it('sorts non-ASCII strings by bytes and matches them with begins_with', async () => {
    const names = ['a', 'b', 'z', 'é', 'éa', 'éé', '\uffee', '😀'];
    await fill([...names].reverse().map((sk) => key('utf8', sk)));
    const query = (condition: string, values: JsonObject) =>
      all('Query', {
        TableName: TABLE,
        KeyConditionExpression: `pk = :pk${condition}`,
        ExpressionAttributeValues: { ':pk': S('utf8'), ...values },
        Limit: 3,
      }).then((items) => items.map(({ sk }) => (sk as { S: string }).S));
    expect(await query('', {})).toEqual(names);
    expect(await query(' AND begins_with(sk, :v)', { ':v': S('é') })).toEqual(['é', 'éa', 'éé']);
    expect(await query(' AND sk > :v', { ':v': S('éé') })).toEqual(['\uffee', '😀']);
  });
});

describe('a page of results', () => {
  // docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html
  it('ends at 1 MB, counted in bytes', async () => {
    await fill(
      Array.from({ length: 12 }, (_, i) => ({ ...key('big', padded(i)), text: S('é'.repeat(60 * 1024)) })),
    );
    const input = {
      TableName: TABLE,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': S('big') },
    };
    const first = await db.call('Query', input);
    expect(first.Count).toBe(9);
    expect(first.LastEvaluatedKey).toEqual(key('big', padded(8)));
    expect(await all('Query', input)).toHaveLength(12);
  });

  it('applies the filter after the limit', async () => {
    await fill(Array.from({ length: 10 }, (_, i) => ({ ...key('filter', padded(i)), n: N(i) })));
    const input = {
      TableName: TABLE,
      KeyConditionExpression: 'pk = :pk',
      FilterExpression: 'n >= :n',
      ExpressionAttributeValues: { ':pk': S('filter'), ':n': N(4) },
      ProjectionExpression: 'n',
      Limit: 5,
    };
    expect(await db.call('Query', input)).toEqual({
      Count: 1,
      ScannedCount: 5,
      Items: [{ n: N(4) }],
      LastEvaluatedKey: key('filter', padded(4)),
    });
    const { ProjectionExpression, ...rest } = input;
    expect(await db.call('Query', { ...rest, Select: 'COUNT', Limit: 100 })).toEqual({
      Count: 6,
      ScannedCount: 10,
    });
  });

  it('includes attributes that a local index does not project', async () => {
    const item = { ...key('lsi', '1'), local: S('x'), text: S('whole') };
    await db.put(item);
    const input = {
      TableName: TABLE,
      IndexName: 'Local',
      KeyConditionExpression: 'pk = :pk AND #local = :local',
      ExpressionAttributeNames: { '#local': 'local' },
      ExpressionAttributeValues: { ':pk': S('lsi'), ':local': S('x') },
    };
    expect((await db.call('Query', input)).Items).toEqual([{ ...key('lsi', '1'), local: S('x') }]);
    expect((await db.call('Query', { ...input, Select: 'ALL_ATTRIBUTES' })).Items).toEqual([item]);
  });

  it.each<[string, JsonObject, RegExp]>([
    [
      'an attribute that the index does not project',
      { ProjectionExpression: 'pk, body' },
      /Audience does not project \[body\]/,
    ],
    [
      'a filter on an attribute that the index does not project',
      { FilterExpression: 'attribute_exists(body)' },
      /filter attributes: \[body\]/,
    ],
    ['a consistent read of a global index', { ConsistentRead: true }, /Consistent reads are not supported/],
    ['all attributes of a global index', { Select: 'ALL_ATTRIBUTES' }, /ALL_ATTRIBUTES is not supported/],
    ['an unknown index', { IndexName: 'Nope' }, /does not have the specified index: Nope/],
    ['a start key without the index key', { ExclusiveStartKey: key('a', '1') }, /starting key is invalid/],
  ])('rejects %s', async (_, more, message) => {
    const input = {
      TableName: TABLE,
      IndexName: 'Audience',
      KeyConditionExpression: 'audience = :audience',
      ExpressionAttributeValues: { ':audience': S('x') },
      ...more,
    };
    const error = await failure(db.call('Query', input));
    expect(error.code).toBe('ValidationException');
    expect(error.message).toMatch(message);
  });

  it('rejects a key condition with an empty value', async () => {
    const input = {
      TableName: TABLE,
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :sk)',
      ExpressionAttributeValues: { ':pk': S('a'), ':sk': S('') },
    };
    expect((await failure(db.call('Query', input))).message).toMatch(/empty string value\. Key: sk/);
  });
});
