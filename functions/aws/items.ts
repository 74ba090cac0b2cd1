import type { SenderView } from '../chat/ports';
import { EVERYONE, EVERYONE_SHARDS, memberKey, roomShard } from '../chat/rooms';
import type { Connection, Entry, Membership, Protocol, Room } from '../chat/types';

/** How the chat's nouns lie in the two tables. The only place that spells a key or an attribute. */

type Item = Record<string, unknown>;

const DAY_SECONDS = 24 * 3600;
/** How long the log keeps a message, and an operator a session. */
const RETENTION_SECONDS = 30 * DAY_SECONDS;
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
  return {
    connectionId: item.connectionId as string,
    userId: item.userId as string,
    username: item.username as string,
    protocol: item.protocol as Protocol,
    connectedAt: item.connectedAt as number,
    ...(item.plainRoom === undefined ? {} : { plainRoom: item.plainRoom as string }),
  };
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
  return {
    connectionId: item.connectionId as string,
    room: item.room as string,
    userId: item.userId as string,
    username: item.username as string,
    protocol: item.protocol as Protocol,
    joinedAt: item.joinedAt as number,
  };
}

// The chat table: `pk` + `sk`. A room and its entries share a partition; everything else has its own.

export function roomKey(room: string) {
  return { pk: `room#${room}`, sk: 'room' };
}

export function roomItem(room: Room): Item {
  return { ...roomKey(room.room), ...room };
}

export function toRoom(item: Item): Room {
  return {
    room: item.room as string,
    epoch: item.epoch as string,
    seq: item.seq as number,
    shards: item.shards as number,
    lastTs: item.lastTs as number,
    ...(item.arrival === undefined ? {} : { arrival: item.arrival as number }),
    ...(item.name === undefined ? {} : { name: item.name as string }),
  };
}

/** Zero-padded, so that the entries' order as strings is their order in the log. */
export function entryKey(room: string, seq: number) {
  return { pk: `room#${room}`, sk: `entry#${String(seq).padStart(SEQ_DIGITS, '0')}` };
}

export function entryItem(entry: Entry): Item {
  const { from, ...fields } = entry;
  return {
    ...entryKey(entry.room, entry.seq),
    ...fields,
    userId: from.userId,
    username: from.username,
    expiresAt: expiresIn(RETENTION_SECONDS, entry.ts),
  };
}

export function toEntry(item: Item): Entry {
  return {
    room: item.room as string,
    epoch: item.epoch as string,
    seq: item.seq as number,
    kind: item.kind as 'message',
    messageId: item.messageId as string,
    ...(item.clientMsgId === undefined ? {} : { clientMsgId: item.clientMsgId as string }),
    from: { userId: item.userId as string, username: item.username as string },
    text: item.text as string,
    ts: item.ts as number,
  };
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
  return {
    ...(item.arrival === undefined ? {} : { arrival: item.arrival as number }),
    ...(item.failedJoins === undefined ? {} : { failedJoins: item.failedJoins as number }),
  };
}

/** What an operator asks about a connection later; outlives it by the retention time. */
export function sessionItem(connection: Connection): Item {
  return {
    ...sessionKey(connection.connectionId),
    connectionId: connection.connectionId,
    userId: connection.userId,
    connectionTime: connection.connectedAt,
    expiresAt: expiresIn(RETENTION_SECONDS, connection.connectedAt),
  };
}
