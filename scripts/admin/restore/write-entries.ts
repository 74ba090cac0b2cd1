import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { ifConditionHolds } from '../../../aws/dynamodb/errors';
import { claimKey, DAY_SECONDS, expiresIn, isExpired, toEntry } from '../../../aws/dynamodb/items';
import { forEachConcurrently } from '../../../aws/for-each-concurrently';
import type { ChatTables, Item } from './chat-tables';

const CONCURRENCY = 25;

/** Calls `work` for each item, with a limited number of items at a time. */
export async function inGroups(
  items: AsyncIterable<Item>,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  let group: Item[] = [];
  for await (const item of items) {
    group.push(item);
    if (group.length < CONCURRENCY) continue;
    await forEachConcurrently(group, CONCURRENCY, work);
    group = [];
  }
  await forEachConcurrently(group, CONCURRENCY, work);
}

/**
 * Stores an item in the stack's table, unless the table has an item with the same key. Returns whether the item was stored.
 */
export async function putIfAbsent({ live }: ChatTables, item: Item): Promise<boolean> {
  const put = new PutCommand({
    TableName: live.chatTable,
    Item: item,
    ConditionExpression: 'attribute_not_exists(pk) OR expiresAt <= :now', // TTL deletes items late
    ExpressionAttributeValues: { ':now': expiresIn(0, Date.now()) },
  });
  return (await ifConditionHolds(live.client.send(put))) !== undefined;
}

/**
 * Stores the position of an entry in the claim of its `clientMsgId`. If a client did not receive the acknowledgment of a
 * message and sends it again, the claim leads to the stored entry. Without the claim, the message would be stored twice.
 */
export async function placeClaim({ restored, live }: ChatTables, entry: Item): Promise<void> {
  const { clientMsgId, ts, messageId, sk: position } = entry;
  if (typeof clientMsgId !== 'string' || (ts as number) < Date.now() - DAY_SECONDS * 1000) return;
  const Key = claimKey(toEntry(entry), clientMsgId);
  const read = async ({ client, chatTable: TableName }: ChatTables['live']) =>
    (await client.send(new GetCommand({ TableName, Key, ConsistentRead: true }))).Item;
  const claim = (await read(live)) ?? (await read(restored));
  if (claim?.messageId !== messageId || isExpired(claim, Date.now())) return;
  const put = new PutCommand({
    TableName: live.chatTable,
    Item: { ...claim, position },
    ConditionExpression: 'attribute_not_exists(pk) OR messageId = :messageId',
    ExpressionAttributeValues: { ':messageId': messageId },
  });
  await ifConditionHolds(live.client.send(put));
}
