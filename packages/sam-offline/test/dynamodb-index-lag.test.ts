import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import type { JsonObject } from '../src/core/service';
import { type DynamoDbService, openDynamoDb } from '../src/dynamodb';
import { type Fault, Faults } from '../src/faults/faults';
import { startDynamoDb } from '../src/testing';
import { TABLE, tableModel } from './support/dynamodb';

const LAG_MS = 150;

// docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html: indexes are updated asynchronously
describe('a global index with lag', () => {
  let faults: Faults;
  let dynamodb: DynamoDbService;
  let staleReads: number;

  beforeEach(async () => {
    faults = new Faults();
    staleReads = 0;
    dynamodb = await openDynamoDb({
      tables: [tableModel()],
      indexLagMs: () => faults.indexLagMs(),
      onStaleRead: () => {
        staleReads += 1;
      },
    });
  });
  afterEach(() => dynamodb.close());

  const put = (pk: string, audience: string) =>
    dynamodb.call('PutItem', { TableName: TABLE, Item: item(pk, audience) }, {});
  const item = (pk: string, audience: string) => ({
    pk: { S: pk },
    sk: { S: 's' },
    audience: { S: audience },
    member: { S: pk },
  });
  const query = async (input: JsonObject): Promise<string[]> => {
    const { Items } = await dynamodb.call('Query', { TableName: TABLE, ...input }, {});
    return (Items as { pk: { S: string } }[]).map(({ pk }) => pk.S);
  };
  const inIndex = (audience: string) =>
    query({
      IndexName: 'Audience',
      KeyConditionExpression: 'audience = :audience',
      ExpressionAttributeValues: { ':audience': { S: audience } },
    });
  const inTable = (pk: string) =>
    query({
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': { S: pk } },
      ConsistentRead: true,
    });
  const lag = (medianMs: number) => faults.add({ service: 'dynamodb', kind: 'index-lag', medianMs });

  it('contains a write immediately if no lag is injected', async () => {
    await put('a', 'x');
    expect(await inIndex('x')).toEqual(['a']);
  });

  it('contains a write later than the table', async () => {
    lag(LAG_MS);
    await put('a', 'x');
    expect(await inTable('a')).toEqual(['a']);
    expect(await inIndex('x')).toEqual([]);
    await sleep(LAG_MS + 50);
    expect(await inIndex('x')).toEqual(['a']);
  });

  it('removes deleted items later than the table', async () => {
    await put('a', 'x');
    lag(LAG_MS);
    await dynamodb.call('DeleteItem', { TableName: TABLE, Key: { pk: { S: 'a' }, sk: { S: 's' } } }, {});
    expect(await inTable('a')).toEqual([]);
    expect(await inIndex('x')).toEqual(['a']);
    await sleep(LAG_MS + 50);
    expect(await inIndex('x')).toEqual([]);
  });

  it('applies writes in order, even when the lag ends between them', async () => {
    lag(LAG_MS);
    await put('a', 'x');
    faults.clear();
    await put('a', 'y');
    expect(await inIndex('y')).toEqual([]);
    await sleep(LAG_MS + 50);
    expect(await inIndex('x')).toEqual([]);
    expect(await inIndex('y')).toEqual(['a']);
  });

  it('counts only reads that miss a write', async () => {
    await put('a', 'x');
    await inIndex('x');
    lag(LAG_MS);
    await put('b', 'x');
    await inTable('b');
    await inIndex('other');
    expect(staleReads).toBe(0);
    await inIndex('x');
    expect(staleReads).toBe(1);
    await sleep(LAG_MS + 50);
    await inIndex('x');
    expect(staleReads).toBe(1);
  });

  it('does not delay closing the service', async () => {
    lag(60_000);
    await put('a', 'x');
    await dynamodb.close();
  });
});

describe('an endpoint for unit tests', () => {
  /** Returns whether any read misses the preceding write. */
  async function hasStaleReads(fault?: Fault): Promise<boolean> {
    const dynamodb = await startDynamoDb({ tables: [tableModel()] }, 1);
    if (fault) dynamodb.faults.add(fault);
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
    const client = new DynamoDBClient({ region: 'us-east-1', endpoint: dynamodb.url, credentials });
    for (let index = 0; index < 20; index += 1) {
      const pk = { S: `item ${index}` };
      const Item = { pk, sk: { S: 's' }, audience: pk, member: pk };
      await client.send(new PutItemCommand({ TableName: TABLE, Item }));
      const query = new QueryCommand({
        TableName: TABLE,
        IndexName: 'Audience',
        KeyConditionExpression: 'audience = :audience',
        ExpressionAttributeValues: { ':audience': pk },
      });
      await client.send(query);
    }
    client.destroy();
    await dynamodb.close();
    return dynamodb.occurrences.list()['dynamodb.StaleIndexRead'] !== undefined;
  }

  it('has indexes with lag unless a fault turns off the lag', async () => {
    expect(await hasStaleReads()).toBe(true);
    expect(await hasStaleReads({ service: 'dynamodb', kind: 'index-lag', medianMs: 0 })).toBe(false);
  });
});
