import { createHash } from 'node:crypto';
import type { Turn } from '../../chat/ports';
import {
  CONNECTION_TTL_SECONDS,
  EVERYONE,
  EVERYONE_SHARDS,
  LOBBY,
  memberKey,
  roomShard,
} from '../../chat/rooms';
import type {
  Broadcast,
  Connection,
  Entry,
  Invite,
  Membership,
  Room,
  RoomLogRef,
  Session,
  Standing,
  User,
} from '../../chat/types';

/** Maps entities to table items. All keys and attribute names of the two tables are defined here. */

type Item = Record<string, unknown>;

const DAY_SECONDS = 24 * 3600;
/** How long a repeated `clientMsgId` is recognized. */
const IDEMPOTENCY_SECONDS = DAY_SECONDS;

const SEQ_DIGITS = 15;

/** Returns a TTL attribute, which DynamoDB expects in epoch seconds. */
export function expiresIn(seconds: number, fromMs: number): number {
  return Math.floor(fromMs / 1000) + seconds;
}

export function isExpired(item: Item | undefined, nowMs: number): boolean {
  return typeof item?.expiresAt === 'number' && item.expiresAt * 1000 <= nowMs;
}

/** Returns the given attributes of an item, without those that it does not have. */
function pick<T>(item: Item, attributes: readonly (keyof T & string)[]): T {
  const present = attributes.filter((attribute) => item[attribute] !== undefined);
  return Object.fromEntries(present.map((attribute) => [attribute, item[attribute]])) as T;
}

// Connections table. Keys: `connectionId`, `room`. RoomIndex: `roomShard`, `memberKey`.

export function connectionKey(connectionId: string, room: string) {
  return { connectionId, room };
}

/**
 * Returns when the rows of a connection expire, in epoch seconds: API Gateway closes it two hours after it was opened, and it
 * loses its identity when its token expires.
 */
export function rowExpiry(createdAt: number, tokenExpiresAt: number | undefined): number {
  const expiresAt = expiresIn(CONNECTION_TTL_SECONDS, createdAt);
  return tokenExpiresAt === undefined ? expiresAt : Math.min(expiresAt, expiresIn(0, tokenExpiresAt));
}

/** The connection record. Its `room` is `EVERYONE`, so that broadcasts reach it. */
export function connectionItem(connection: Connection, expiresAt: number): Item {
  return {
    ...connection,
    room: EVERYONE,
    roomShard: roomShard(EVERYONE, connection.userId, EVERYONE_SHARDS),
    memberKey: memberKey(connection.userId, connection.connectionId),
    joinedAt: connection.connectedAt,
    expiresAt,
  };
}

export function toConnection(item: Item): Connection {
  return pick(item, [
    ...(['connectionId', 'userId', 'username', 'protocol', 'connectedAt', 'plainRoom'] as const),
    ...(['tokenExpiresAt', 'rights', 'address'] as const),
  ]);
}

/** The membership row of a connection in one room. */
export function membershipItem(membership: Membership, shards: number, expiresAt: number): Item {
  return {
    ...membership,
    roomShard: roomShard(membership.room, membership.userId, shards),
    memberKey: memberKey(membership.userId, membership.connectionId),
    expiresAt,
  };
}

export function toMembership(item: Item): Membership {
  return pick(item, [
    ...(['connectionId', 'room', 'userId', 'username', 'protocol', 'joinedAt'] as const),
    ...(['role', 'standingVersion'] as const),
  ]);
}

// Chat table. Keys: `pk`, `sk`. A room, its entries and its standings share a partition; every other item
// has its own.

export function roomKey(room: string) {
  return { pk: `room#${room}`, sk: 'room' };
}

/** How long a room is kept after its last message or join. Its messages may expire earlier or later. */
const ROOM_SECONDS = 30 * DAY_SECONDS;

/** Returns a room's TTL. The lobby does not expire: plain connections start in it. */
export function roomExpiry(room: string, fromMs: number) {
  return room === LOBBY ? {} : { expiresAt: expiresIn(ROOM_SECONDS, fromMs) };
}

/** Returns whether a join has to renew a room's TTL. Most joins write nothing to the room. */
export function isRoomDueForRenewal({ room, expiresAt }: Room, nowMs: number): boolean {
  return room !== LOBBY && (expiresAt === undefined || expiresAt < expiresIn(ROOM_SECONDS / 2, nowMs));
}

export function roomItem(room: Room, nowMs: number): Item {
  return { ...roomKey(room.room), ...room, ...roomExpiry(room.room, nowMs) };
}

export function toRoom(item: Item): Room {
  return pick(item, [
    ...(['room', 'epoch', 'seq', 'shards', 'lastTs', 'arrival', 'name'] as const),
    ...(['kind', 'owner', 'users', 'topic', 'slowModeSeconds', 'expiresAt'] as const),
  ]);
}

const STANDING = 'user#';

/** The key contains the epoch, so that a new room with a recycled number starts without standings. */
export function standingKey({ room, epoch }: RoomLogRef, userId: string) {
  return { ...roomKey(room), sk: `${STANDING}${epoch}#${userId}` };
}

export function standingItem(room: RoomLogRef, userId: string, standing: Standing): Item {
  return { ...standingKey(room, userId), ...standing };
}

export function toStanding(item: Item): Standing {
  return pick(item, ['role', 'bannedUntil', 'bannedName', 'version']);
}

/** Returns the user ID in a standing's key. An epoch contains no `#`. */
export function userOfStanding({ sk }: Item): string {
  return String(sk).split('#')[2] as string;
}

export function inviteKey(hash: string) {
  return { pk: `invite#${hash}`, sk: 'invite' };
}

export function inviteItem({ hash, expiresAt, ...invite }: Invite): Item {
  return { ...inviteKey(hash), hash, ...invite, expiresAt: expiresIn(0, expiresAt) };
}

export function toInvite(item: Item): Invite {
  const fields = pick<Invite>(item, ['hash', 'room', 'epoch', 'role', 'usesLeft', 'expiresAt']);
  return { ...fields, expiresAt: fields.expiresAt * 1000 };
}

/** The item that names the direct room of two users. A user ID contains no `#`. */
export function directRoomKey(users: readonly string[]) {
  return { pk: `direct#${[...users].sort().join('#')}`, sk: 'direct' };
}

/** Pads `seq` with zeros, so that entries sort by number. */
export function entryKey(room: string, seq: number) {
  return { pk: `room#${room}`, sk: `entry#${String(seq).padStart(SEQ_DIGITS, '0')}` };
}

/** @param retentionDays days until the entry expires, counted from its `ts`. */
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

/**
 * Returns the condition of a write that stores an entry: no entry has its position. Entries can outlive their room, so a room
 * with a recycled number replaces those of the previous one. No request lasts a day, so none replaces an entry of a new room.
 */
export function ifPositionIsFree({ epoch, ts }: Entry) {
  return {
    ConditionExpression: 'attribute_not_exists(pk) OR (epoch <> :epoch AND ts <= :yesterday)',
    ExpressionAttributeValues: { ':epoch': epoch, ':yesterday': ts - DAY_SECONDS * 1000 },
  };
}

export function toEntry(item: Item): Entry {
  const from = pick<User>(item, ['userId', 'username']);
  const fields = [
    ...(['room', 'epoch', 'seq', 'kind', 'messageId', 'clientMsgId', 'text', 'ts'] as const),
    ...(['target', 'changeSeq', 'connectionId'] as const),
  ] as const;
  return { ...pick<Omit<Entry, 'from'>>(item, fields), from };
}

/** The position in a room's log that is reserved for a user's `clientMsgId`. */
export interface Claim {
  seq: number;
  /** The ID with which the message is stored. Undefined in items of earlier versions, whose messages are all stored. */
  messageId?: string;
  textHash: string;
  /** The time of the message's first attempt for this position. */
  ts: number;
}

/** The parts of an entry that identify its claim. */
type Sender = Pick<Entry, 'room' | 'from'>;

export function claimKey({ room, from }: Sender, clientMsgId: string) {
  return { pk: `send#${room}#${from.userId}#${clientMsgId.toLowerCase()}`, sk: 'send' };
}

/**
 * `claimedSeq` is not named `seq`: an earlier version of the functions, which runs until a deployment ends, would acknowledge
 * the entry at `seq`, which may be that of another message.
 */
export function claimItem(sender: Sender, clientMsgId: string, { seq, ...claim }: Claim): Item {
  return {
    ...claimKey(sender, clientMsgId),
    claimedSeq: seq,
    ...claim,
    expiresAt: expiresIn(IDEMPOTENCY_SECONDS, claim.ts),
  };
}

export function toClaim({ seq, claimedSeq = seq, messageId, textHash, ts = 0 }: Item): Claim {
  return { seq: claimedSeq, textHash, ts, ...(messageId === undefined ? {} : { messageId }) } as Claim;
}

/** Keys are stored as a hash, because clients choose them. */
export function idempotencyKeyKey(key: string) {
  const hash = createHash('sha256').update(key).digest('base64url');
  return { pk: `idempotency#${hash}`, sk: 'idempotency' };
}

export function idempotencyKeyItem(key: string, requestHash: string, now: number): Item {
  return {
    ...idempotencyKeyKey(key),
    requestHash,
    claimedAt: now,
    expiresAt: expiresIn(IDEMPOTENCY_SECONDS, now),
  };
}

/**
 * Prevents a user from sending other messages in a room in slow mode before `nextSendAt`. A retry of the same message may
 * take the turn again.
 */
export function slowModeItem({ room, from, clientMsgId }: Omit<Turn, 'ts'>, nextSendAt: number): Item {
  return {
    pk: `slow#${room}#${from.userId}`,
    sk: 'slow',
    nextSendAt,
    ...(clientMsgId === undefined ? {} : { clientMsgId: clientMsgId.toLowerCase() }),
    expiresAt: expiresIn(1, nextSendAt),
  };
}

/** Key of the item that holds one user's connections in one room. */
export function memberItemKey(room: string, userId: string) {
  return { pk: `member#${room}#${userId}`, sk: 'member' };
}

/** Key of a room's member count. A separate item, because every message writes the room item. */
export function countKey(room: string) {
  return { pk: `count#${room}`, sk: 'count' };
}

export function sessionKey(connectionId: string) {
  return { pk: `session#${connectionId}`, sk: 'session' };
}

/**
 * Key of an owner's budgets. The item has one attribute per budget, its theoretical arrival time, and expires after the
 * owner's last connection.
 */
export function budgetsKey(owner: string) {
  return { pk: owner, sk: 'budgets' };
}

/**
 * The session of a connection, which outlives it and which operators list.
 *
 * @param retentionDays days until the session expires, counted from the connection's start.
 * @param room the room that the connection joins when it is opened.
 */
export function sessionItem(connection: Connection, retentionDays: number, room?: string): Item {
  return {
    ...sessionKey(connection.connectionId),
    connectionId: connection.connectionId,
    userId: connection.userId,
    username: connection.username,
    sessionDay: sessionDay(connection.connectedAt),
    connectionTime: connection.connectedAt,
    ...(room === undefined ? {} : { rooms: new Set([room]) }),
    expiresAt: expiresIn(retentionDays * DAY_SECONDS, connection.connectedAt),
  };
}

/** Lists sessions by `sessionDay` and `connectionTime`. Only session items have both attributes. */
export const SESSION_INDEX = 'SessionIndex';

/** Returns the UTC day under which the index lists a session. */
export function sessionDay(connectionTime: number): string {
  return new Date(connectionTime).toISOString().slice(0, 10);
}

export function toSession(item: Item): Session {
  return pick(item, ['connectionId', 'userId', 'username', 'connectionTime', 'disconnectTime', 'rooms']);
}

// Broadcasts share one partition, sorted by time.

const BROADCASTS = 'broadcast';

export const broadcastBudgetKey = { pk: BROADCASTS, sk: 'budget' };

/** The one item of a broadcast, regardless of the number of recipients. */
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

/** Returns the key condition's values for all broadcasts since a time. */
export function broadcastsSince(ms: number) {
  return { ':pk': BROADCASTS, ':from': `sent#${new Date(ms).toISOString()}`, ':to': 'sent#~' };
}
