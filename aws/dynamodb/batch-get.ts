import { BatchGetCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

/** The maximum number of keys in one BatchGetItem request. */
const BATCH_KEYS = 100;

type Item = Record<string, unknown>;

/**
 * Reads any number of items of one table by their keys. Returns the existing items in no particular order. Requests
 * unprocessed keys again.
 */
export async function getItems(
  client: DynamoDBDocumentClient,
  TableName: string,
  keys: readonly Item[],
  options: { ConsistentRead?: boolean } = {},
): Promise<Item[]> {
  const items: Item[] = [];
  let remaining = [...keys];
  while (remaining.length > 0) {
    const Keys = remaining.slice(0, BATCH_KEYS);
    const { Responses, UnprocessedKeys } = await client.send(
      new BatchGetCommand({ RequestItems: { [TableName]: { Keys, ...options } } }),
    );
    items.push(...(Responses?.[TableName] ?? []));
    remaining = [...(UnprocessedKeys?.[TableName]?.Keys ?? []), ...remaining.slice(BATCH_KEYS)];
  }
  return items;
}
