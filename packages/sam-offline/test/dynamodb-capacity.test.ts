import type { DynamoDbService } from '../src/dynamodb';
import { openDynamoDb } from '../src/dynamodb';
import { MetricStore } from '../src/records/metric-store';
import { client, failure, key, S, TABLE, tableModel } from './support/dynamodb';

// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html

let service: DynamoDbService;
let db: ReturnType<typeof client>;
let metrics: MetricStore;

beforeEach(async () => {
  metrics = new MetricStore();
  service = await openDynamoDb({ tables: [tableModel()], openMetric: metrics.open.bind(metrics) });
  db = client(service);
});

afterEach(() => service.close());

/** Returns the sum of each metric. A key is the name of the metric, followed by the name of the index if there is one. */
const sums = () =>
  Object.fromEntries(
    metrics
      .list()
      .map(({ name, dimensions: { GlobalSecondaryIndexName: index }, sum }) => [
        index === undefined ? name : `${name} ${index}`,
        sum,
      ]),
  );

const large = S('x'.repeat(1500));

describe('consumed capacity metrics', () => {
  it('have the dimensions of the table and its index', async () => {
    await db.put({ ...key('a', '1'), audience: S('a'), member: S('m') });
    expect(metrics.list()).toMatchObject([
      {
        namespace: 'AWS/DynamoDB',
        name: 'ConsumedWriteCapacityUnits',
        unit: 'Count',
        dimensions: { TableName: TABLE },
      },
      {
        name: 'ConsumedWriteCapacityUnits',
        dimensions: { TableName: TABLE, GlobalSecondaryIndexName: 'Audience' },
      },
    ]);
  });

  it('count writes to the table, its local index and its global index', async () => {
    await db.put({ ...key('a', '1'), large, audience: S('a'), member: S('m') });
    expect(sums()).toEqual({ ConsumedWriteCapacityUnits: 2, 'ConsumedWriteCapacityUnits Audience': 1 });
    await db.put({ ...key('b', '1'), local: S('l') });
    expect(sums()).toMatchObject({ ConsumedWriteCapacityUnits: 4 });
  });

  it('count two units for each unit in a transaction', async () => {
    await db.call('TransactWriteItems', {
      TransactItems: [{ Put: { TableName: TABLE, Item: { ...key('a', '1'), large } } }],
    });
    await db.call('TransactGetItems', { TransactItems: [{ Get: { TableName: TABLE, Key: key('a', '1') } }] });
    expect(sums()).toEqual({ ConsumedWriteCapacityUnits: 4, ConsumedReadCapacityUnits: 2 });
  });

  it('count reads from one or more tables, and half a unit for an eventually consistent read', async () => {
    const query = {
      TableName: TABLE,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': S('a') },
    };
    await db.call('Query', query);
    await db.call('Query', { ...query, ConsistentRead: true });
    await db.call('BatchGetItem', { RequestItems: { [TABLE]: { Keys: [key('a', '1'), key('a', '2')] } } });
    expect(sums()).toEqual({ ConsumedReadCapacityUnits: 2.5 });
  });

  it('count a write that fails its condition, but no other failed writes', async () => {
    const condition = { ConditionExpression: 'attribute_exists(pk)' };
    await failure(db.put(key('a', '1'), condition));
    await failure(db.put(key('a', '1'), { ConditionExpression: 'nonsense' }));
    expect(sums()).toEqual({ ConsumedWriteCapacityUnits: 1 });
  });

  it('do not change the capacity in responses', async () => {
    expect(await db.put(key('a', '1'))).toEqual({});
    expect(await db.put(key('a', '1'), { ReturnConsumedCapacity: 'NONE' })).toEqual({});
    expect(await db.put(key('a', '1'), { ReturnConsumedCapacity: 'TOTAL' })).toEqual({
      ConsumedCapacity: { TableName: TABLE, CapacityUnits: 1 },
    });
    expect(sums()).toEqual({ ConsumedWriteCapacityUnits: 3 });
  });
});
