import { BatchGetCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

/** What one BatchGetItem takes. */
const BATCH_KEYS = 100;

type Item = Record<string, unknown>;

/**
 * Items of one table by their keys, however many, in no order; those that do not exist are missing. Keys that DynamoDB
 * leaves unprocessed are asked for again.
 */
export async function getItems(
  client: DynamoDBDocumentClient,
  TableName: string,
  keys: readonly Item[],
  options: { ConsistentRead?: boolean } = {},
): Promise<Item[]> {
  const found: Item[] = [];
  let left = [...keys];
  while (left.length > 0) {
    const Keys = left.slice(0, BATCH_KEYS);
    const { Responses, UnprocessedKeys } = await client.send(
      new BatchGetCommand({ RequestItems: { [TableName]: { Keys, ...options } } }),
    );
    found.push(...(Responses?.[TableName] ?? []));
    left = [...(UnprocessedKeys?.[TableName]?.Keys ?? []), ...left.slice(BATCH_KEYS)];
  }
  return found;
}
