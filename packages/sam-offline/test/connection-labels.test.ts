import type { JsonObject } from '../src/core/service';
import { openDynamoDb } from '../src/dynamodb';
import { labelConnections } from '../src/records/connection-labels';
import { MetricStore } from '../src/records/metric-store';
import { tableModel } from './support/dynamodb';

const attribute = (AttributeName: string, AttributeType = 'S') => ({ AttributeName, AttributeType });
const hash = (AttributeName: string) => ({ AttributeName, KeyType: 'HASH' });
const range = (AttributeName: string) => ({ AttributeName, KeyType: 'RANGE' });
const NO_INDEXES = { GlobalSecondaryIndexes: undefined, LocalSecondaryIndexes: undefined };
const TABLES = [
  tableModel(
    { name: 'Connections' },
    {
      ...NO_INDEXES,
      AttributeDefinitions: [attribute('connectionId'), attribute('room')],
      KeySchema: [hash('connectionId'), range('room')],
    },
  ),
  tableModel(
    { name: 'Orders' },
    { ...NO_INDEXES, AttributeDefinitions: [attribute('id', 'N')], KeySchema: [hash('id')] },
  ),
];

/** Returns the labels of the connections `a`, `b` and `c`, and the names of all recorded metrics. */
async function read(...items: JsonObject[]) {
  const metrics = new MetricStore();
  const dynamodb = await openDynamoDb({ tables: TABLES, openMetric: metrics.open.bind(metrics) });
  for (const Item of items) await dynamodb.call('PutItem', { TableName: 'Connections', Item }, {});
  const inspect = { call: (action: string, input: JsonObject) => dynamodb.inspect(action, input) };
  const labels = await labelConnections(inspect, TABLES, ['a', 'b', 'c']);
  await dynamodb.close();
  return { labels, metrics: metrics.list().map(({ name }) => name) };
}

const item = (connectionId: string, room: string, more: JsonObject = {}) => ({
  connectionId: { S: connectionId },
  room: { S: room },
  ...more,
});

describe('the labels of connections', () => {
  it('returns the users and rooms from the items of each connection, with the user name first', async () => {
    const { labels } = await read(
      item('a', '@everyone', { userId: { S: 'g-1' }, username: { S: 'Ada' }, memberKey: { S: 'g-1#a' } }),
      item('a', 'lobby', { userId: { S: 'g-1' }, roomShard: { S: 'lobby#0' } }),
      item('a', '288481410', { username: { S: 'Ada' }, roomShard: { S: '288481410#0' } }),
      item('b', '#general', { userId: { N: '7' } }),
    );
    expect(labels).toEqual({
      a: { users: ['Ada', 'g-1'], rooms: ['288481410', 'lobby'] },
      b: { users: ['7'], rooms: ['#general'] },
    });
  });

  it('ignores other attributes, and values that are neither strings nor numbers', async () => {
    const { labels } = await read(
      item('a', '*', { name: { M: { first: { S: 'Ada' } } }, user: { BOOL: true }, title: { S: 'Dr.' } }),
    );
    expect(labels).toEqual({});
  });

  it('reads labels without consuming capacity', async () => {
    const { labels, metrics } = await read(item('a', 'lobby'));
    expect(labels).toEqual({ a: { users: [], rooms: ['lobby'] } });
    expect(metrics).toEqual(['ConsumedWriteCapacityUnits']);
  });
});
