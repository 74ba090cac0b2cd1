import type { SenderView } from '../../chat/ports';
import { EVERYONE, EVERYONE_SHARDS, memberKey, roomShard } from '../../chat/rooms';
import type { Broadcast, Connection, Entry, Membership, Room, Session, User } from '../../chat/types';

/** How the chat's nouns lie in the two tables. The only place that spells a key or an attribute. */

type Item = Record<string, unknown>;

const DAY_SECONDS = 24 * 3600;
/** How long a `clientMsgId` is remembered. */
const IDEMPOTENCY_SECONDS = DAY_SECONDS;

const SEQ_DIGITS = 15;

/** TTL attributes are in seconds. */
export function expiresIn(seconds: number, fromMs: number): number {
  return Math.floor(fromMs / 1000) + seconds;
}

export function isExpired(item: Item | undefined, nowMs: number): boolean {
  return typeof item?.expiresAt === 'number' && item.expiresAt * 1000 <= nowMs;
}

/** These attributes of an item, as they were put; those that it does not have are left out. */
function pick<T>(item: Item, attributes: readonly (keyof T & string)[]): T {
  const present = attributes.filter((attribute) => item[attribute] !== undefined);
  return Object.fromEntries(present.map((attribute) => [attribute, item[attribute]])) as T;
}

// The connections table: `connectionId` + `room`, indexed by `roomShard` + `memberKey`.

export function connectionKey(connectionId: string, room: string) {
  return { connectionId, room };
}

/** The record row of a connection, in the audience of everyone. */
export function connectionItem(connection: Connection, ttlSeconds: number): Item {
  return {
    ...connection,
    room: EVERYONE,
    roomShard: roomShard(EVERYONE, connection.userId, EVERYONE_SHARDS),
    memberKey: memberKey(connection.userId, connection.connectionId),
    joinedAt: connection.connectedAt,
    expiresAt: expiresIn(ttlSeconds, connection.connectedAt),
  };
}

export function toConnection(item: Item): Connection {
  return pick(item, ['connectionId', 'userId', 'username', 'protocol', 'connectedAt', 'plainRoom']);
}

/** A connection's row in one room. */
export function membershipItem(membership: Membership, shards: number, ttlSeconds: number): Item {
  return {
    ...membership,
    roomShard: roomShard(membership.room, membership.userId, shards),
    memberKey: memberKey(membership.userId, membership.connectionId),
    expiresAt: expiresIn(ttlSeconds, membership.joinedAt),
  };
}

export function toMembership(item: Item): Membership {
  return pick(item, ['connectionId', 'room', 'userId', 'username', 'protocol', 'joinedAt']);
}

// The chat table: `pk` + `sk`. A room and its entries share a partition; everything else has its own.

export function roomKey(room: string) {
  return { pk: `room#${room}`, sk: 'room' };
}

export function roomItem(room: Room): Item {
  return { ...roomKey(room.room), ...room };
}

export function toRoom(item: Item): Room {
  return pick(item, ['room', 'epoch', 'seq', 'shards', 'lastTs', 'arrival', 'name']);
}

/** Zero-padded, so that the entries' order as strings is their order in the log. */
export function entryKey(room: string, seq: number) {
  return { pk: `room#${room}`, sk: `entry#${String(seq).padStart(SEQ_DIGITS, '0')}` };
}

/** @param retentionDays how long the log keeps the entry, from its `ts`. */
export function entryItem(entry: Entry, retentionDays: number): Item {
  const { from, ...fields } = entry;
  return {
    ...entryKey(entry.room, entry.seq),
    ...fields,
    userId: from.userId,
    username: from.username,
    expiresAt: expiresIn(retentionDays * DAY_SECONDS, entry.ts),
  };
}

export function toEntry(item: Item): Entry {
  const from = pick<User>(item, ['userId', 'username']);
  const fields = ['room', 'epoch', 'seq', 'kind', 'messageId', 'clientMsgId', 'text', 'ts'] as const;
  return { ...pick<Omit<Entry, 'from'>>(item, fields), from };
}

/** Takes a `clientMsgId` for its user in its room, and says where the message is and what it said. */
export function idempotencyItem(entry: Entry, clientMsgId: string, textHash: string): Item {
  return {
    pk: `send#${entry.room}#${entry.from.userId}#${clientMsgId.toLowerCase()}`,
    sk: 'send',
    seq: entry.seq,
    textHash,
    expiresAt: expiresIn(IDEMPOTENCY_SECONDS, entry.ts),
  };
}

/** The connections of one user in one room. */
export function memberItemKey(room: string, userId: string) {
  return { pk: `member#${room}#${userId}`, sk: 'member' };
}

/** How many users are in a room; never on the room item, which orders messages. */
export function countKey(room: string) {
  return { pk: `count#${room}`, sk: 'count' };
}

export function sessionKey(connectionId: string) {
  return { pk: `session#${connectionId}`, sk: 'session' };
}

/** What is left of a session's budgets. */
export function toBudgets(item: Item): NonNullable<SenderView['session']> {
  return pick(item, ['arrival', 'failedJoins']);
}

/**
 * What an operator asks about a connection later.
 *
 * @param retentionDays how long it is kept, from the connection's beginning.
 */
export function sessionItem(connection: Connection, retentionDays: number): Item {
  return {
    ...sessionKey(connection.connectionId),
    connectionId: connection.connectionId,
    userId: connection.userId,
    username: connection.username,
    sessionDay: sessionDay(connection.connectedAt),
    connectionTime: connection.connectedAt,
    expiresAt: expiresIn(retentionDays * DAY_SECONDS, connection.connectedAt),
  };
}

/** The index through which sessions are listed, by `sessionDay` + `connectionTime`: only sessions have both. */
export const SESSION_INDEX = 'SessionIndex';

/** The day, in UTC, that a session is listed under. */
export function sessionDay(connectionTime: number): string {
  return new Date(connectionTime).toISOString().slice(0, 10);
}

export function toSession(item: Item): Session {
  return pick(item, [
    ...(['connectionId', 'userId', 'username', 'connectionTime', 'disconnectTime'] as const),
    ...(['latestMessage', 'latestMessageTime'] as const),
  ]);
}

// Broadcasts share a partition, in the order of their time.

const BROADCASTS = 'broadcast';

export const broadcastBudgetKey = { pk: BROADCASTS, sk: 'budget' };

/** A broadcast is one item, however many connections it goes to. */
export function broadcastItem(broadcast: Broadcast, retentionDays: number): Item {
  return {
    pk: BROADCASTS,
    sk: `sent#${new Date(broadcast.ts).toISOString()}#${broadcast.messageId}`,
    ...broadcast,
    expiresAt: expiresIn(retentionDays * DAY_SECONDS, broadcast.ts),
  };
}

export function toBroadcast(item: Item): Broadcast {
  return pick(item, ['messageId', 'text', 'ts']);
}

/** The key condition's values for the broadcasts from a time on. */
export function broadcastsSince(ms: number) {
  return { ':pk': BROADCASTS, ':from': `sent#${new Date(ms).toISOString()}`, ':to': 'sent#~' };
}
