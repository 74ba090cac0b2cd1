import {
  GetCommand,
  PutCommand,
  TransactWriteCommand,
  type TransactWriteCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { AppendRequest, AppendResult, Appends } from '../../chat/messages/ports';
import { logNumber, roomIdentity } from '../../chat/rooms/room-keys';
import type { Entry, Room } from '../../chat/types';
import { itemOfFailedCondition, reasonsIfConditionFailed } from './errors';
import {
  type Claim,
  claimItem,
  claimKey,
  entryItem,
  entryPosition,
  isExpired,
  roomKey,
  seqOf,
  toClaim,
  toEntry,
} from './items';
import type { Tables } from './tables';

type TransactItem = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

/** The item stored at a position. */
type Found = Record<string, unknown>;

/**
 * Appends messages to the logs in the chat table with two writes: the claim of the `clientMsgId`, and the entry. The write of
 * the entry stores the message. Its key contains the position, so only one message can take each position. If a request fails
 * between the two writes, its retry continues with the second one.
 */
export function createAppends(tables: Tables): Appends {
  return { append: (request) => append(tables, request) };
}

async function append(tables: Tables, request: AppendRequest): Promise<AppendResult> {
  const { entry } = request;
  const { claim, writes } = await claimOrDefer(tables, request);
  const { position, messageId } = claim;
  const seq = seqOf(position);
  // Another request has claimed a position in a later log of the same room.
  if (entryPosition(entry.epoch, seq) !== position) return { outcome: 'lost-race' };
  const claimed = { ...entry, seq, messageId, ts: Math.max(entry.ts, claim.ts) };
  const found = await storeEntry(tables, request.room, claimed, entry.messageId, writes);
  if (found === 'stored') return { outcome: 'stored', entry: claimed };
  if (found?.messageId !== messageId) {
    const isClaimed = found !== undefined && writes.length === 0;
    return { outcome: 'lost-race', ...(isClaimed ? { lost: { position, messageId } } : {}) };
  }
  const stored = toEntry(found);
  if (isOtherContent(stored, entry)) return { outcome: 'reused-id' };
  // If a response is lost, the SDK repeats the write. The second write then finds the entry that the first write stored.
  const isOwn = (found.writer ?? found.messageId) === entry.messageId;
  return { outcome: isOwn ? 'stored' : 'duplicate', entry: stored };
}

/**
 * Returns whether two entries are different messages. Returns false if the stored message was edited or deleted, because its
 * original text is no longer stored.
 */
function isOtherContent(stored: Entry, entry: Entry): boolean {
  const isChanged = stored.kind === 'void' || stored.changeSeq !== undefined;
  return !isChanged && (stored.text !== entry.text || stored.replyTo !== entry.replyTo);
}

/**
 * Claims the position of a message with a `clientMsgId`. If the entry is stored together with the room, returns the write of
 * the claim instead, for the same transaction. If the claim were written first and the log never started, the claim would block
 * the message.
 */
async function claimOrDefer(
  tables: Tables,
  request: AppendRequest,
): Promise<{ claim: Claim; writes: TransactItem[] }> {
  const { clientMsgId } = request.entry;
  if (clientMsgId === undefined) return { claim: newClaim(request), writes: [] };
  if (request.room.logVersion === undefined)
    return { claim: await claimPosition(tables, clientMsgId, request), writes: [] };
  const claim = await readClaim(tables, clientMsgId, request);
  if (claim) return { claim, writes: [] };
  return { claim: newClaim(request), writes: [{ Put: putClaim(tables.chatTable, clientMsgId, request) }] };
}

/**
 * Stores an entry unless there is one at its position. Returns the existing item at the position, or undefined if the room has
 * a different log or the message has a different claim.
 *
 * @param writer the message ID that the current request generated. The entry can have the ID of an earlier request.
 * @param writes additional writes for the same transaction, if the entry is stored together with the room.
 */
async function storeEntry(
  { client, chatTable, retentionDays }: Tables,
  room: Room,
  entry: Entry,
  writer: string,
  writes: readonly TransactItem[],
): Promise<'stored' | Found | undefined> {
  const Put = putEntry(chatTable, retentionDays, entry, writer === entry.messageId ? {} : { writer });
  const changes = updateLog(chatTable, room, entry);
  if (changes.length > 0) {
    const write = new TransactWriteCommand({ TransactItems: [{ Put }, ...changes, ...writes] });
    const reasons = await reasonsIfConditionFailed(client.send(write));
    if (!reasons) return 'stored';
    return reasons[0]?.Item && unmarshall(reasons[0].Item);
  }
  try {
    await client.send(new PutCommand(Put));
    return 'stored';
  } catch (error) {
    return itemOfFailedCondition(error);
  }
}

/**
 * Returns the write that stores an entry. Its condition fails if the position is taken.
 *
 * @param attributes additional attributes of the item.
 */
export function putEntry(TableName: string, retentionDays: number, entry: Entry, attributes: object = {}) {
  return {
    TableName,
    Item: { ...entryItem(entry, retentionDays), ...attributes },
    ConditionExpression: 'attribute_not_exists(pk)',
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
  };
}

/**
 * Returns the action that stores the number of an entry's log in the room. The action is needed if the entry is the first one
 * of its log, or if the previous entry expires soon. Without it, another request could find an empty log and start the next
 * one.
 */
export function updateLog(TableName: string, room: Room, { epoch }: Entry): TransactItem[] {
  const { logVersion } = room;
  if (logVersion === undefined) return [];
  const isFirstVersion = logVersion === 0;
  const Update = {
    TableName,
    Key: roomKey(room.room),
    UpdateExpression: 'SET #log = :log, logVersion = :next',
    ConditionExpression: `epoch = :identity AND ${isFirstVersion ? 'attribute_not_exists(logVersion)' : 'logVersion = :version'}`,
    ExpressionAttributeNames: { '#log': 'log' },
    ExpressionAttributeValues: {
      ':identity': roomIdentity(epoch),
      ':log': logNumber(epoch),
      ':next': logVersion + 1,
      ...(isFirstVersion ? {} : { ':version': logVersion }),
    },
  };
  return [{ Update }];
}

/** The parts of a message that identify its claim. */
type Message = Pick<Entry, 'room' | 'from' | 'ts'>;

/**
 * Claims the position of an entry for its `clientMsgId`, unless an earlier request has claimed one.
 *
 * @returns the current claim.
 */
async function claimPosition(
  { client, chatTable }: Tables,
  clientMsgId: string,
  request: AppendRequest,
): Promise<Claim> {
  try {
    await client.send(new PutCommand(putClaim(chatTable, clientMsgId, request)));
    return newClaim(request);
  } catch (error) {
    return toClaim(itemOfFailedCondition(error));
  }
}

/** Returns the claim that a request makes if there is no earlier claim. */
function newClaim({ entry, lost }: AppendRequest): Claim {
  const position = entryPosition(entry.epoch, entry.seq);
  return { position, messageId: lost?.messageId ?? entry.messageId, ts: entry.ts };
}

/**
 * Returns the write of a new claim. If a claim has lost the race for its position, the write moves it to a new position, unless
 * another request has already moved it. Each attempt to store a message uses its latest claim. A claim moves only after another
 * entry was found at its position, so a message is stored only once. The write replaces claims in earlier logs of the room,
 * because those logs are no longer readable.
 */
function putClaim(TableName: string, clientMsgId: string, request: AppendRequest) {
  const { entry, lost } = request;
  return {
    TableName,
    Item: claimItem(entry, clientMsgId, newClaim(request)),
    // TTL deletes items late, so an expired item counts as deleted.
    ConditionExpression: `attribute_not_exists(pk) OR expiresAt <= :now OR #position < :log${lost ? ' OR (messageId = :messageId AND #position = :lost)' : ''}`,
    ExpressionAttributeNames: { '#position': 'position' }, // a reserved word
    ExpressionAttributeValues: {
      ':now': Math.floor(entry.ts / 1000),
      ':log': entryPosition(entry.epoch, 0),
      ...(lost ? { ':messageId': lost.messageId, ':lost': lost.position } : {}),
    },
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
  };
}

/** Reads the claim that a request must use because `putClaim` would not replace it. */
async function readClaim(
  tables: Tables,
  clientMsgId: string,
  { entry, lost }: AppendRequest,
): Promise<Claim | undefined> {
  const item = await readItem(tables, entry, clientMsgId);
  const claim = item && toClaim(item);
  if (!claim || claim.position < entryPosition(entry.epoch, 0)) return undefined;
  return claim.position === lost?.position && claim.messageId === lost.messageId ? undefined : claim;
}

/** Returns whether a message has a claim. If so, an earlier attempt may have stored the message. */
export async function isClaimed(tables: Tables, message: Message, clientMsgId: string): Promise<boolean> {
  return (await readItem(tables, message, clientMsgId)) !== undefined;
}

/** Reads the claim's item, unless it has expired. */
async function readItem({ client, chatTable }: Tables, message: Message, clientMsgId: string) {
  const Key = claimKey(message, clientMsgId);
  const { Item } = await client.send(new GetCommand({ TableName: chatTable, Key, ConsistentRead: true }));
  return Item && !isExpired(Item, message.ts) ? Item : undefined;
}
