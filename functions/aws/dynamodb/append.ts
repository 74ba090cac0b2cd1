import { type DynamoDBDocumentClient, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { AppendRequest, AppendResult } from '../../chat/ports';
import type { Entry } from '../../chat/types';
import { claimPosition } from './claims';
import { itemOfFailedCondition } from './errors';
import { type Claim, entryItem, entryKey, ifPositionIsFree, roomExpiry, roomKey, toEntry } from './items';

/** The table with the rooms, and how long it keeps their entries. */
export interface LogTable {
  client: DynamoDBDocumentClient;
  TableName: string;
  retentionDays: number;
}

/** An entry in the log. */
interface Stored {
  entry: Entry;
  /** Whether the current request has stored it. */
  isOwn: boolean;
}

/**
 * Appends a message with three single writes: the claim of its `clientMsgId`, the entry, and the room's head. The write of
 * the entry stores the message. Its key contains the position, so only one message can take each position. If a request fails
 * between the writes, the retry continues.
 */
export async function appendMessage(table: LogTable, request: AppendRequest): Promise<AppendResult> {
  const { entry, textHash } = request;
  const claim =
    entry.clientMsgId === undefined
      ? { ...entry, textHash }
      : await claimPosition(table.client, table.TableName, entry.clientMsgId, request);
  if (claim.textHash !== textHash) return { outcome: 'reused-id' };
  const { entry: stored, isOwn } = await storeClaimed(table, entry, claim);
  if (claim.messageId !== undefined && stored.messageId !== claim.messageId)
    return { outcome: 'lost-race', taken: { seq: stored.seq, ts: stored.ts }, messageId: claim.messageId };
  // Before the event and the reply: no client learns of an entry that is after the head.
  const shards = await advanceHead(table, stored);
  return { outcome: isOwn ? 'stored' : 'duplicate', entry: stored, shards };
}

/** Stores an entry at a claimed position. Returns the entry that is at the position afterwards. */
async function storeClaimed(table: LogTable, entry: Entry, { seq, messageId, ts }: Claim): Promise<Stored> {
  if (messageId === undefined) return { entry: await readStored(table, entry.room, seq), isOwn: false };
  return putEntry(table, { ...entry, seq, messageId, ts: Math.max(entry.ts, ts) }, entry.messageId);
}

/**
 * Stores an entry unless there is one at its position. Returns the entry that is at the position afterwards.
 *
 * @param writer the message ID that the current request generated. The entry can have the ID of an earlier request.
 */
async function putEntry(
  { client, TableName, retentionDays }: LogTable,
  entry: Entry,
  writer: string,
): Promise<Stored> {
  const put = new PutCommand({
    TableName,
    Item: { ...entryItem(entry, retentionDays), ...(writer === entry.messageId ? {} : { writer }) },
    ...ifPositionIsFree(entry),
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  });
  try {
    await client.send(put);
    return { entry, isOwn: true };
  } catch (error) {
    const item = itemOfFailedCondition(error);
    const found = toEntry(item);
    if (found.epoch !== entry.epoch) throw error;
    // The SDK repeats a write whose response was lost, and then finds the entry.
    return { entry: found, isOwn: (item.writer ?? found.messageId) === writer };
  }
}

/** Reads the entry of an idempotency item that an earlier version wrote in one transaction with the entry. */
async function readStored({ client, TableName }: LogTable, room: string, seq: number): Promise<Entry> {
  const Key = entryKey(room, seq);
  const { Item } = await client.send(new GetCommand({ TableName, Key, ConsistentRead: true }));
  if (Item) return toEntry(Item);
  throw new Error(`An idempotency item references entry ${seq}, which is not in the log.`);
}

/** Moves the room's head to an entry, unless it is there or after it. Returns the number of the room's index keys. */
async function advanceHead({ client, TableName }: LogTable, entry: Entry): Promise<number> {
  const { room, epoch, seq, ts } = entry;
  const { expiresAt } = roomExpiry(room, ts);
  const update = new UpdateCommand({
    TableName,
    Key: roomKey(room),
    UpdateExpression: `SET seq = :seq, lastTs = :ts${expiresAt === undefined ? '' : ', expiresAt = :expiresAt'}`,
    ConditionExpression: 'epoch = :epoch AND seq < :seq',
    ExpressionAttributeValues: {
      ':epoch': epoch,
      ':seq': seq,
      ':ts': ts,
      ...(expiresAt === undefined ? {} : { ':expiresAt': expiresAt }),
    },
    ReturnValues: 'ALL_NEW',
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  });
  try {
    const { Attributes } = await client.send(update);
    return (Attributes as { shards: number }).shards;
  } catch (error) {
    const head = itemOfFailedCondition(error);
    if (head.epoch !== epoch) throw error;
    return head.shards;
  }
}
