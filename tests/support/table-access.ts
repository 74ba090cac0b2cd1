import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  PutCommand,
  paginateScan,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';

export type TableName = 'ConnectionsTable' | 'ChatTable';
type Item = Record<string, unknown>;

/** Direct access to the tables of a stack. */
export interface TableAccess {
  /** Returns all items of a table. */
  scan(table: TableName): Promise<Item[]>;
  put(table: TableName, item: Item): Promise<void>;
  /** Sets attributes of an item. */
  update(table: TableName, key: Item, attributes: Item): Promise<void>;
  remove(table: TableName, key: Item): Promise<void>;
}

export function createTableAccess(
  client: DynamoDBDocumentClient,
  nameOf: (table: TableName) => string,
): TableAccess {
  return {
    async scan(table) {
      const items: Item[] = [];
      const input = { TableName: nameOf(table), ConsistentRead: true };
      for await (const page of paginateScan({ client }, input)) items.push(...(page.Items ?? []));
      return items;
    },
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
