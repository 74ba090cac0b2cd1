import type { AwsError, JsonObject } from '../../src/core/service';
import { type DynamoDbService, openDynamoDb } from '../../src/dynamodb';
import type { TableModel } from '../../src/dynamodb/model';
import { openEndpoint } from './dynamodb-endpoint';

export const TABLE = 'Rooms';

const attributes = ['pk', 'sk', 'audience', 'member', 'local'].map((name) => ({
  AttributeName: name,
  AttributeType: 'S',
}));
const keys = (hash: string, range: string) => [
  { AttributeName: hash, KeyType: 'HASH' },
  { AttributeName: range, KeyType: 'RANGE' },
];

export function tableModel(changes: Partial<TableModel> = {}, createTable: JsonObject = {}): TableModel {
  const name = changes.name ?? TABLE;
  return {
    logicalId: `${name}Table`,
    name,
    arn: `arn:aws:dynamodb:eu-west-1:123456789012:table/${name}`,
    ttlAttribute: 'expiresAt',
    createTable: {
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: attributes,
      KeySchema: keys('pk', 'sk'),
      GlobalSecondaryIndexes: [
        {
          IndexName: 'Audience',
          KeySchema: keys('audience', 'member'),
          Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['nick'] },
        },
      ],
      LocalSecondaryIndexes: [
        { IndexName: 'Local', KeySchema: keys('pk', 'local'), Projection: { ProjectionType: 'KEYS_ONLY' } },
      ],
      ...createTable,
    },
    ...changes,
  };
}

export function numberedTable(name = 'Numbered'): TableModel {
  return tableModel(
    { name },
    {
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'n', AttributeType: 'N' },
      ],
      KeySchema: keys('pk', 'n'),
      GlobalSecondaryIndexes: undefined,
      LocalSecondaryIndexes: undefined,
    },
  );
}

/** Opens empty tables in this process, or at the endpoint in `DYNAMODB_ENDPOINT` if the variable is set. */
export async function open(
  directory?: string,
  tables: readonly TableModel[] = [tableModel()],
): Promise<DynamoDbService> {
  const endpoint = process.env.DYNAMODB_ENDPOINT;
  if (endpoint !== undefined) return await openEndpoint(endpoint, tables);
  return await openDynamoDb({
    tables,
    ...(directory && { directory }),
  });
}

export const S = (text: string) => ({ S: text });
export const N = (number: number | string) => ({ N: String(number) });
export const key = (pk: string, sk: string) => ({ pk: S(pk), sk: S(sk) });

/** Returns helper functions that call the service for the table `TABLE`. */
export function client(service: DynamoDbService) {
  const call = (action: string, input: JsonObject) => service.call(action, input, {});
  return {
    call,
    put: (item: JsonObject, more: JsonObject = {}) =>
      call('PutItem', { TableName: TABLE, Item: item, ...more }),
    get: async (pk: string, sk: string) =>
      (await call('GetItem', { TableName: TABLE, Key: key(pk, sk), ConsistentRead: true })).Item as
        | JsonObject
        | undefined,
    transact: (items: JsonObject[], more: JsonObject = {}) =>
      call('TransactWriteItems', { TransactItems: items, ...more }),
  };
}

/** Returns the error that `work` rejects with. */
export async function failure(work: Promise<unknown>): Promise<AwsError> {
  try {
    await work;
  } catch (error) {
    return error as AwsError;
  }
  throw new Error('Expected a rejection, but the call succeeded');
}
