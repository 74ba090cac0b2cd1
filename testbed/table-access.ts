import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  PutCommand,
  paginateScan,
  type ScanCommandInput,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';

export type TableName = 'ConnectionsTable' | 'ChatTable';
type Item = Record<string, unknown>;

/** Direct access to the tables of a stack. */
export interface TableAccess {
  /** Returns all items of a table. */
  scan(table: TableName): Promise<Item[]>;
  /** Returns the items of a global secondary index, which can lag behind the table. */
  scanIndex(table: TableName, index: string): Promise<Item[]>;
  put(table: TableName, item: Item): Promise<void>;
  /** Sets attributes of an item. */
  update(table: TableName, key: Item, attributes: Item): Promise<void>;
  remove(table: TableName, key: Item): Promise<void>;
}

export function createTableAccess(
  client: DynamoDBDocumentClient,
  nameOf: (table: TableName) => string,
): TableAccess {
  const scanAll = async (input: ScanCommandInput) => {
    const items: Item[] = [];
    for await (const page of paginateScan({ client }, input)) items.push(...(page.Items ?? []));
    return items;
  };
  return {
    scan: (table) => scanAll({ TableName: nameOf(table), ConsistentRead: true }),
    scanIndex: (table, IndexName) => scanAll({ TableName: nameOf(table), IndexName }),
    async put(table, item) {
      await client.send(new PutCommand({ TableName: nameOf(table), Item: item }));
    },
    async update(table, key, attributes) {
      const names = Object.keys(attributes);
      await client.send(
        new UpdateCommand({
          TableName: nameOf(table),
          Key: key,
          UpdateExpression: `SET ${names.map((name) => `#${name} = :${name}`).join(', ')}`,
          ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
          ExpressionAttributeValues: Object.fromEntries(names.map((name) => [`:${name}`, attributes[name]])),
        }),
      );
    },
    async remove(table, key) {
      await client.send(new DeleteCommand({ TableName: nameOf(table), Key: key }));
    },
  };
}
