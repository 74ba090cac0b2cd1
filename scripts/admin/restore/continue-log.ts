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

/** In a busy room, other messages can be stored between reading the head and switching to the next log. */
const MAX_ATTEMPTS = 100;
/** The maximum number of claims that move in the same transaction as the switch. A transaction has at most 100 actions. */
const MAX_CLAIMS = 90;

/** Returns the key of the item that records an unfinished continuation of a room's log. */
const continuationKey = (room: string) => ({ ...roomKey(room), sk: 'continuation' });

/** Returns the continuation that an earlier run of the command started but did not finish. */
export async function readUnfinished({ live }: ChatTables, room: string): Promise<Continuation | undefined> {
  const { client, chatTable: TableName } = live;
  const get = new GetCommand({ TableName, Key: continuationKey(room), ConsistentRead: true });
  return (await client.send(get)).Item as Continuation | undefined;
}

/**
 * Starts the next log of a room by storing its last entry. From then on, new messages are added to this log, and no request can
 * add a message to the previous log: see `closeLog`. `finishContinuation` adds the earlier entries.
 *
 * @param restoredItem the room's item in the restored table.
 * @throws Error if the room receives messages faster than the command can process them.
 */
export async function startContinuation(
  tables: ChatTables,
  continuation: Continuation,
  restoredItem: Item,
): Promise<void> {
  const { restored, live } = continuation;
  // Move the claims first. If a client sends one of these messages again, the request retries until the next log exists.
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

/** Returns whether a transaction was cancelled because another request changed one of its items. */
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

/** Adds the entries that are still missing from the continued log. */
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

/** Increments `logVersion`, so that concurrent requests that try to start a log fail. */
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
 * Returns the action that occupies the position after the last entry of the live log. A request that read the log earlier can
 * then no longer add a message to it.
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

/** Returns the action that moves the claim of a newly stored entry. */
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
