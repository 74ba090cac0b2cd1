import {
  DeleteCommand,
  GetCommand,
  TransactWriteCommand,
  type TransactWriteCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { isTransient } from '../../../aws/dynamodb/conflict-retries';
import { CONDITION_FAILED, cancellationReasons } from '../../../aws/dynamodb/errors';
import { claimKey, DAY_SECONDS, entryKey, expiresIn, roomKey, toEntry } from '../../../aws/dynamodb/items';
import { logNumber, roomIdentity } from '../../../chat/rooms/room-keys';
import type { Room } from '../../../chat/types';
import type { ChatTables, Item } from './chat-tables';
import { type Continuation, liveSeq, placeLive, readContinued } from './continuation';
import { readLog, readRoomState } from './read-log';
import { inGroups, placeClaim, putIfAbsent } from './write-entries';

type TransactItem = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

/** In a busy room, other messages can be stored between the read of the head and the switch to the next log. */
const MAX_ATTEMPTS = 100;
/** The number of claims that are moved together with the switch. A transaction has at most 100 actions. */
const MAX_CLAIMS = 90;

/** The item that records an unfinished continuation of a room's log. */
const continuationKey = (room: string) => ({ ...roomKey(room), sk: 'continuation' });

/** Returns the continuation that an earlier run of the command has started, but not finished. */
export async function readUnfinished({ live }: ChatTables, room: string): Promise<Continuation | undefined> {
  const { client, chatTable: TableName } = live;
  const get = new GetCommand({ TableName, Key: continuationKey(room), ConsistentRead: true });
  return (await client.send(get)).Item as Continuation | undefined;
}

/**
 * Starts the next log of a room with its last entry. From then on, messages are added to this log, and no request can add
 * one to the log before it: see `closeLog`. `finish` adds the entries before the last one.
 *
 * @param restoredItem the room's item in the restored table.
 * @throws Error if the room receives more messages than the command can follow.
 */
export async function startContinuation(
  tables: ChatTables,
  continuation: Continuation,
  restoredItem: Item,
): Promise<void> {
  const { restored, live } = continuation;
  // A request whose message has a claim in the next log waits for the log.
  let last: Item | undefined;
  await inGroups(readContinued(tables, continuation), async (entry) => {
    await placeClaim(tables, entry);
    if (last === undefined || (entry.seq as number) > (last.seq as number)) last = entry;
  });
  if (!last) throw new Error(`All entries of the room ${restored.room} have expired.`);
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    const state = await readRoomState(tables.live, restored.room, restoredItem);
    const newer: Item[] = [];
    const after = liveSeq(continuation, last.seq as number);
    for await (const entry of readLog(tables.live, live, { after }))
      newer.push(placeLive(continuation, entry));
    last = newer.at(-1) ?? last;
    if (newer.length > MAX_CLAIMS) {
      for (const entry of newer) await placeClaim(tables, entry);
      continue;
    }
    const TransactItems = [
      { Put: putNew(tables, last) },
      { Put: putNew(tables, { ...continuationKey(restored.room), ...continuation }) },
      !state || state.isMissing
        ? { Put: putRoom(tables, continuation, restoredItem) }
        : { Update: updateRoom(tables, continuation, state.room) },
      ...closeLog(tables, continuation, liveSeq(continuation, last.seq as number)),
      ...newer.flatMap((entry) => updateClaim(tables, entry)),
    ];
    const write = tables.live.client.send(new TransactWriteCommand({ TransactItems }));
    if (!(await ifTransactionFailed(write))) return;
    for (const entry of newer) await placeClaim(tables, entry);
  }
  throw new Error(`The room ${restored.room} receives too many messages. Run the command again.`);
}

/** Returns whether a transaction was cancelled because another request wrote one of its items first. */
async function ifTransactionFailed(transaction: Promise<unknown>): Promise<boolean> {
  try {
    await transaction;
    return false;
  } catch (error) {
    const reasons = cancellationReasons(error) ?? [];
    if (reasons.some(({ Code }) => Code === CONDITION_FAILED || isTransient(Code))) return true;
    throw error;
  }
}

/** Adds the entries that the continued log lacks. */
export async function finishContinuation(tables: ChatTables, continuation: Continuation): Promise<void> {
  await inGroups(readContinued(tables, continuation), async (entry) => {
    await putIfAbsent(tables, entry);
  });
  const { client, chatTable: TableName } = tables.live;
  await client.send(new DeleteCommand({ TableName, Key: continuationKey(continuation.restored.room) }));
}

function putNew({ live }: ChatTables, item: Item) {
  return { TableName: live.chatTable, Item: item, ConditionExpression: 'attribute_not_exists(pk)' };
}

function putRoom({ live }: ChatTables, { log }: Continuation, restoredItem: Item) {
  const logVersion = ((restoredItem.logVersion as number | undefined) ?? 0) + 1;
  return {
    TableName: live.chatTable,
    Item: { ...restoredItem, log: logNumber(log.epoch), logVersion },
    ConditionExpression: 'attribute_not_exists(pk) OR expiresAt <= :now', // TTL deletes items late
    ExpressionAttributeValues: { ':now': expiresIn(0, Date.now()) },
  };
}

/** The new `logVersion` rejects requests that start a log. */
function updateRoom({ live }: ChatTables, { log, restored }: Continuation, { epoch, logVersion }: Room) {
  const hasVersion = logVersion !== undefined && logVersion > 0;
  const isUnchanged = hasVersion ? ' AND logVersion = :version' : '';
  const isFirst = logVersion === 0 ? ' AND attribute_not_exists(logVersion)' : '';
  return {
    TableName: live.chatTable,
    Key: roomKey(restored.room),
    UpdateExpression:
      'SET epoch = :identity, #log = :log, logVersion = if_not_exists(logVersion, :none) + :one',
    ConditionExpression: `epoch = :before${isUnchanged}${isFirst}`,
    ExpressionAttributeNames: { '#log': 'log' },
    ExpressionAttributeValues: {
      ...{ ':identity': roomIdentity(log.epoch), ':before': roomIdentity(epoch) },
      ...{ ':log': logNumber(log.epoch), ':none': 0, ':one': 1 },
      ...(hasVersion ? { ':version': logVersion } : {}),
    },
  };
}

/**
 * Occupies the position after the last entry of the live log, so that a request which has read the log before cannot add a message
 * to it.
 */
function closeLog(tables: ChatTables, { log, live }: Continuation, seq: number): TransactItem[] {
  if (seq === 0) return [];
  const item = {
    ...entryKey(live, seq + 1),
    closedBy: log.epoch,
    expiresAt: expiresIn(DAY_SECONDS, Date.now()),
  };
  return [{ Put: putNew(tables, item) }];
}

/** Moves the claim of an entry that was stored a moment ago. */
function updateClaim({ live }: ChatTables, entry: Item): TransactItem[] {
  const { clientMsgId, messageId, sk } = entry;
  if (typeof clientMsgId !== 'string') return [];
  const Update = {
    TableName: live.chatTable,
    Key: claimKey(toEntry(entry), clientMsgId),
    UpdateExpression: 'SET #position = :position',
    ConditionExpression: 'messageId = :messageId',
    ExpressionAttributeNames: { '#position': 'position' },
    ExpressionAttributeValues: { ':position': sk, ':messageId': messageId },
  };
  return [{ Update }];
}
