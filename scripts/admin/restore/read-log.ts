import { GetCommand, paginateQuery } from '@aws-sdk/lib-dynamodb';
import { entryKey, isExpired, roomKey, toRoom } from '../../../aws/dynamodb/items';
import { readLastEntry } from '../../../aws/dynamodb/rooms';
import type { Room, RoomLogRef } from '../../../chat/types';
import type { ChatTable, Item } from './chat-tables';

const MAX_SEQ = 999_999_999_999_999;

/** A room in one of the tables. */
export interface RoomState {
  /** The room with the head of its log. */
  readonly room: Room;
  /** Whether the table has no item of the room. */
  readonly isMissing: boolean;
}

/**
 * Reads a room and the head of its log. Reads the head last, so the head is missing only if the log has ended.
 *
 * @param fallback the room's item in the other table, used if this table has a log but no room item.
 */
export async function readRoomState(
  table: ChatTable,
  name: string,
  fallback?: Item,
): Promise<RoomState | undefined> {
  const { client, chatTable: TableName } = table;
  const get = new GetCommand({ TableName, Key: roomKey(name), ConsistentRead: true });
  const { Item } = await client.send(get);
  const found = isExpired(Item, Date.now()) ? undefined : Item;
  const last = await readLastEntry(table, name);
  const item = found ?? fallback;
  return item && { room: toRoom(item, last, Date.now()), isMissing: !found };
}

/** Reads the entries of a log that have not expired, in order. */
export async function* readLog(
  { client, chatTable }: ChatTable,
  log: RoomLogRef,
  { after = 0 } = {},
): AsyncGenerator<Item> {
  const pages = paginateQuery(
    { client },
    {
      TableName: chatTable,
      KeyConditionExpression: 'pk = :room AND sk BETWEEN :from AND :to',
      ExpressionAttributeValues: {
        ':room': roomKey(log.room).pk,
        ':from': entryKey(log, after + 1).sk,
        ':to': entryKey(log, MAX_SEQ).sk,
      },
      ConsistentRead: true,
    },
  );
  for await (const { Items = [] } of pages) {
    // Only entries have a message ID: see `closeLog`.
    yield* Items.filter((item) => item.messageId !== undefined && !isExpired(item, Date.now()));
  }
}

/** The entries of both tables at one position. */
export interface Pair {
  readonly seq: number;
  readonly restored?: Item;
  readonly live?: Item;
}

/** Reads two logs in parallel and pairs their entries by sequence number. */
export async function* joinLogs(
  restored: AsyncIterator<Item>,
  live: AsyncIterator<Item>,
): AsyncGenerator<Pair> {
  let [left, right] = await Promise.all([restored.next(), live.next()]);
  while (!left.done || !right.done) {
    const seq = Math.min(...[left, right].map((next) => (next.done ? MAX_SEQ : (next.value.seq as number))));
    const pair: { seq: number; restored?: Item; live?: Item } = { seq };
    if (!left.done && left.value.seq === seq) {
      pair.restored = left.value;
      left = await restored.next();
    }
    if (!right.done && right.value.seq === seq) {
      pair.live = right.value;
      right = await live.next();
    }
    yield pair;
  }
}
