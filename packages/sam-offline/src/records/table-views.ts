import type { JsonObject, Service } from '../core/service';
import type { TableModel } from '../dynamodb/model';

/** The maximum number of rows to count. Counting blocks the runtime. */
const MAX_ROWS_COUNTED = 20_000;
const MAX_PARTITIONS = 500;
const MAX_ITEMS = 200;

/** A partition key value and the number of rows with this value. */
export interface Partition {
  readonly key: string;
  readonly count: number;
}

/** The partitions of a table or an index. */
export interface Keyspace {
  /** The index name. Undefined for the table itself. */
  readonly index?: string;
  readonly partitionKey: string;
  readonly sortKey?: string;
  readonly rows: number;
  /** Whether the table has more rows than were counted. */
  readonly more: boolean;
  /** The partitions, largest first. */
  readonly partitions: readonly Partition[];
  readonly partitionCount: number;
}

export interface TableView {
  readonly logicalId: string;
  readonly name: string;
  readonly keyspaces: readonly Keyspace[];
}

type KeyAttribute = { readonly AttributeName: string; readonly KeyType: string };
type AttributeDefinition = { readonly AttributeName: string; readonly AttributeType: string };
type KeyedResource = { readonly KeySchema: readonly KeyAttribute[]; readonly IndexName?: string };

/** Returns the partitions of every table and global index. */
export function summarizeTables(dynamodb: Service, tables: readonly TableModel[]): Promise<TableView[]> {
  return Promise.all(
    tables.map(async ({ logicalId, name, createTable }) => {
      const indexes = (createTable.GlobalSecondaryIndexes ?? []) as readonly KeyedResource[];
      const table = createTable as unknown as KeyedResource;
      const keyspaces = await Promise.all(
        [table, ...indexes].map((keys) => countPartitions(dynamodb, name, keys)),
      );
      return { logicalId, name, keyspaces };
    }),
  );
}

/** Returns the name and the type of the partition key of a table or an index. */
export function findPartitionKey(
  { createTable }: TableModel,
  index?: string,
): { readonly name: string; readonly type: string } | undefined {
  const indexes = (createTable.GlobalSecondaryIndexes ?? []) as readonly KeyedResource[];
  const table = createTable as unknown as KeyedResource;
  const keys = index === undefined ? table : indexes.find(({ IndexName }) => IndexName === index);
  const name = keys?.KeySchema.find(({ KeyType }) => KeyType === 'HASH')?.AttributeName;
  const types = (createTable.AttributeDefinitions ?? []) as readonly AttributeDefinition[];
  const type = types.find(({ AttributeName }) => AttributeName === name)?.AttributeType ?? 'S';
  return name === undefined ? undefined : { name, type };
}

/** Returns the first rows of a partition in the Query output format. */
export async function queryPartition(
  dynamodb: Service,
  table: TableModel,
  query: { readonly index?: string; readonly partition: string; readonly limit?: number },
): Promise<JsonObject> {
  const { index, partition, limit = MAX_ITEMS } = query;
  const { name, type = 'S' } = findPartitionKey(table, index) ?? {};
  return dynamodb.call(
    'Query',
    {
      TableName: table.name,
      ...(index === undefined ? {} : { IndexName: index }),
      KeyConditionExpression: '#key = :key',
      ExpressionAttributeNames: { '#key': name },
      ExpressionAttributeValues: { ':key': { [type]: partition } },
      Limit: limit,
    },
    {},
  );
}

async function countPartitions(dynamodb: Service, TableName: string, keys: KeyedResource): Promise<Keyspace> {
  const { KeySchema, IndexName } = keys;
  const partitionKey = KeySchema.find(({ KeyType }) => KeyType === 'HASH')?.AttributeName ?? '';
  const sortKey = KeySchema.find(({ KeyType }) => KeyType === 'RANGE')?.AttributeName;
  const counts = new Map<string, number>();
  let rows = 0;
  let start: unknown;
  do {
    const page = await dynamodb.call(
      'Scan',
      {
        TableName,
        ...(IndexName === undefined ? {} : { IndexName }),
        ...(start === undefined ? {} : { ExclusiveStartKey: start }),
        ProjectionExpression: '#key',
        ExpressionAttributeNames: { '#key': partitionKey },
      },
      {},
    );
    for (const item of page.Items as Record<string, Record<string, unknown>>[]) {
      const key = String(Object.values(item[partitionKey] ?? {})[0]);
      counts.set(key, (counts.get(key) ?? 0) + 1);
      rows += 1;
    }
    start = page.LastEvaluatedKey;
  } while (start !== undefined && rows < MAX_ROWS_COUNTED);
  const sorted = [...counts].map(([key, count]) => ({ key, count })).sort((a, b) => b.count - a.count);
  return {
    ...(IndexName === undefined ? {} : { index: IndexName }),
    partitionKey,
    ...(sortKey === undefined ? {} : { sortKey }),
    rows,
    more: start !== undefined,
    partitions: sorted.slice(0, MAX_PARTITIONS),
    partitionCount: sorted.length,
  };
}
