import type { JsonObject } from '../src/core/service';
import type { DynamoDbService } from '../src/dynamodb';
import { client, failure, N, open, S, tableModel } from './support/dynamodb';

const TABLE = 'Matches';
const attribute = (AttributeName: string, AttributeType = 'S') => ({ AttributeName, AttributeType });
const element = (KeyType: string) => (AttributeName: string) => ({ AttributeName, KeyType });
const schema = (hash: string[], range: string[]) => [
  ...hash.map(element('HASH')),
  ...range.map(element('RANGE')),
];
const index = (hash: string[], range: string[]) => ({
  GlobalSecondaryIndexes: [
    { IndexName: 'Index', KeySchema: schema(hash, range), Projection: { ProjectionType: 'KEYS_ONLY' } },
  ],
});
const matches = (createTable: JsonObject) =>
  tableModel(
    { name: TABLE },
    {
      AttributeDefinitions: [
        attribute('id'),
        attribute('cup'),
        attribute('area'),
        attribute('round', 'N'),
        attribute('court'),
      ],
      KeySchema: schema(['id'], []),
      LocalSecondaryIndexes: undefined,
      ...createTable,
    },
  );

let service: DynamoDbService;
let db: ReturnType<typeof client>;

beforeAll(async () => {
  service = await open(undefined, [matches(index(['cup', 'area'], ['round', 'court']))]);
  db = client(service);
  const places = ['a', 'b'].flatMap((cup) => ['eu', 'us'].map((area) => ({ cup: S(cup), area: S(area) })));
  const times = [-1, 2, 10].flatMap((round) =>
    ['x', 'xy', 'z'].map((court) => ({ round: N(round), court: S(court) })),
  );
  for (const place of places)
    for (const time of times) {
      const id = S(
        [...Object.values(place), ...Object.values(time)].map((value) => Object.values(value)[0]).join(),
      );
      await db.call('PutItem', { TableName: TABLE, Item: { id, ...place, ...time, note: S('n') } });
    }
  await db.call('PutItem', {
    TableName: TABLE,
    Item: { id: S('without a court'), cup: S('a'), area: S('eu'), round: N(2) },
  });
});

afterAll(() => service.close());

const query = (KeyConditionExpression: string, more: JsonObject = {}): JsonObject => ({
  TableName: TABLE,
  IndexName: 'Index',
  KeyConditionExpression,
  ExpressionAttributeValues: Object.fromEntries(
    Object.entries({
      ':a': S('a'),
      ':b': S('b'),
      ':eu': S('eu'),
      ':two': N(2),
      ':nine': N(9),
      ':x': S('x'),
    }).filter(([name]) => KeyConditionExpression.includes(name)),
  ),
  ...more,
});

const idsOf = ({ Items }: JsonObject) => (Items as { id: { S: string } }[]).map(({ id }) => id.S);
const PARTITION = 'cup = :a AND area = :eu';

describe('an index with several attributes per key', () => {
  it.each([
    [PARTITION, '-1,x -1,xy -1,z 2,x 2,xy 2,z 10,x 10,xy 10,z'],
    [`round = :two AND ${PARTITION}`, '2,x 2,xy 2,z'],
    [`${PARTITION} AND round > :two`, '10,x 10,xy 10,z'],
    [`${PARTITION} AND round <= :two`, '-1,x -1,xy -1,z 2,x 2,xy 2,z'],
    [`${PARTITION} AND round BETWEEN :two AND :nine`, '2,x 2,xy 2,z'],
    [`${PARTITION} AND round = :two AND court = :x`, '2,x'],
    [`${PARTITION} AND round = :two AND begins_with(court, :x)`, '2,x 2,xy'],
    [`${PARTITION} AND round = :two AND court > :x`, '2,xy 2,z'],
  ])('returns the items of %s in the order of the key', async (condition, expected) => {
    const ids = expected.split(' ').map((id) => `a,eu,${id}`);
    expect(idsOf(await db.call('Query', query(condition)))).toEqual(ids);
    expect(idsOf(await db.call('Query', query(condition, { ScanIndexForward: false })))).toEqual(
      ids.reverse(),
    );
  });

  it.each([true, false])('continues after the last key of a page (forward: %s)', async (ScanIndexForward) => {
    const condition = `${PARTITION} AND round >= :two`;
    const all = idsOf(await db.call('Query', query(condition, { ScanIndexForward })));
    const paged: string[] = [];
    let ExclusiveStartKey: unknown;
    do {
      const more = {
        ScanIndexForward,
        Limit: 2,
        ...(ExclusiveStartKey !== undefined && { ExclusiveStartKey }),
      };
      const page = await db.call('Query', query(condition, more));
      paged.push(...idsOf(page));
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey !== undefined);
    expect(paged).toEqual(all);
  });

  it.each([
    ['cup = :a', {}, 'Query condition missed key schema element: area'],
    ['cup = :a AND area > :eu', {}, 'Query key condition not supported'],
    [`${PARTITION} AND court = :x`, {}, 'Query key condition not supported'],
    [`${PARTITION} AND round > :two AND court = :x`, {}, 'Query key condition not supported'],
    [`${PARTITION} AND note = :x`, {}, 'Query key condition not supported'],
    [
      `${PARTITION} AND round = :x`,
      {},
      'One or more parameter values were invalid: Condition parameter type does not match schema type',
    ],
    [
      `${PARTITION} AND round = :two`,
      { FilterExpression: 'court = :two' },
      'Filter Expression can only contain non-primary key attributes: Primary key attribute: court',
    ],
    [PARTITION, { ExclusiveStartKey: { id: S('1') } }, 'The provided starting key is invalid'],
    [
      PARTITION,
      { ExclusiveStartKey: { id: S('1'), cup: S('b'), area: S('eu'), round: N(2), court: S('x') } },
      'The provided starting key is outside query boundaries based on provided conditions',
    ],
  ])('rejects the condition %s with the options %j', async (condition, more, message) => {
    expect(await failure(db.call('Query', query(condition, more)))).toMatchObject({ message });
  });

  it('moves the entry of an item when one attribute changes, and projects the key', async () => {
    const Key = { id: S('b,us,2,x') };
    const update = {
      TableName: TABLE,
      Key,
      UpdateExpression: 'SET court = :c',
      ExpressionAttributeValues: { ':c': S('new') },
    };
    await db.call('UpdateItem', update);
    const { Items } = await db.call('Query', {
      ...query('cup = :b AND area = :us AND round = :two'),
      ExpressionAttributeValues: { ':b': S('b'), ':us': S('us'), ':two': N(2) },
    });
    expect((Items as JsonObject[]).map(({ court }) => court)).toEqual([S('new'), S('xy'), S('z')]);
    expect(Object.keys((Items as JsonObject[])[0] ?? {}).sort()).toEqual([
      'area',
      'court',
      'cup',
      'id',
      'round',
    ]);
  });
});

describe('CreateTable', () => {
  const names = ['id', 'cup', 'area', 'round', 'court'];
  it.each([
    [names, [], 'The key schema of Index has more than 4 HASH attributes'],
    [['cup', 'cup'], [], 'The key schema of Index has an attribute twice: [cup, cup]'],
    [['cup', 'area', 'x'], [], 'Some index key attributes are not defined in AttributeDefinitions.'],
  ])('rejects an index with the keys %j and %j', async (hash, range, message) => {
    await expect(open(undefined, [matches(index(hash, range))])).rejects.toThrow(message);
  });

  it('rejects a partition key attribute after a sort key attribute', async () => {
    const KeySchema = [...schema(['cup'], ['round']), ...schema(['area'], [])];
    const GlobalSecondaryIndexes = [{ IndexName: 'Index', KeySchema, Projection: { ProjectionType: 'ALL' } }];
    await expect(open(undefined, [matches({ GlobalSecondaryIndexes })])).rejects.toThrow(
      'The key schema of Index has a HASH attribute after a RANGE attribute',
    );
  });
});
