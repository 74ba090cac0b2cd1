import type { Turn } from '../../chat/messages/ports';
import {
  CONNECTION_TTL_SECONDS,
  EVERYONE,
  EVERYONE_SHARDS,
  LOBBY,
  logEpoch,
  logNumber,
  memberKey,
  roomShard,
} from '../../chat/rooms/room-keys';
import type { Connection, Entry, Membership, Room, RoomLogRef, User } from '../../chat/types';

/** Maps connections, rooms, logs and budgets to table items. Other files named `*-items.ts` map the other entities. */

type Item = Record<string, unknown>;

export const DAY_SECONDS = 24 * 3600;
/** How long a repeated `clientMsgId` is detected. */
const IDEMPOTENCY_SECONDS = DAY_SECONDS;

const SEQ_DIGITS = 15;
const LOG_DIGITS = 6;

/** Returns a TTL attribute in epoch seconds, as DynamoDB expects. */
export function expiresIn(seconds: number, fromMs: number): number {
  return Math.floor(fromMs / 1000) + seconds;
}

export function isExpired(item: Item | undefined, nowMs: number): boolean {
  return typeof item?.expiresAt === 'number' && item.expiresAt * 1000 <= nowMs;
}

/** Returns the given attributes of an item. Omits missing attributes. */
export function pick<T>(item: Item, attributes: readonly (keyof T & string)[]): T {
  const present = attributes.filter((attribute) => item[attribute] !== undefined);
  return Object.fromEntries(present.map((attribute) => [attribute, item[attribute]])) as T;
}

// Connections table. Keys: `connectionId`, `room`. RoomIndex: `roomShard`, `memberKey`.

export function connectionKey(connectionId: string, room: string) {
  return { connectionId, room };
}

/**
 * Returns when the rows of a connection expire, in epoch seconds. API Gateway closes a connection after two hours. The user of
 * a connection is no longer authenticated when the token expires.
 */
export function rowExpiry(createdAt: number, tokenExpiresAt: number | undefined): number {
  const expiresAt = expiresIn(CONNECTION_TTL_SECONDS, createdAt);
  return tokenExpiresAt === undefined ? expiresAt : Math.min(expiresAt, expiresIn(0, tokenExpiresAt));
}

/** Returns the item of a connection record. Its `room` is `EVERYONE`, because broadcasts are sent to this room. */
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

/** Returns the membership row of a connection in one room. */
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
    ...(['role', 'standingVersion', 'previousName', 'memberSince'] as const),
  ]);
}

// Chat table. Keys: `pk`, `sk`. A room, its entries and its standings share a partition. Each other item has a separate
// partition.

export function roomKey(room: string) {
  return { pk: `room#${room}`, sk: 'room' };
}

/**
 * How long a room is stored after its last join. API Gateway closes each connection after two hours, and members who reconnect
 * join again. A room is therefore also stored for at least 30 days after its last message. Its messages may expire earlier or
 * later.
 */
const ROOM_SECONDS = 30 * DAY_SECONDS + CONNECTION_TTL_SECONDS;

/** Returns a room's TTL. The lobby does not expire, because plain connections start in it. */
export function roomExpiry(room: string, fromMs: number) {
  return room === LOBBY ? {} : { expiresAt: expiresIn(ROOM_SECONDS + DAY_SECONDS, fromMs) };
}

/** Returns the TTL of items that must exist as long as their room. They are renewed after the room, and expire a day later. */
export function rightsExpiry(room: string, fromMs: number) {
  return room === LOBBY ? {} : { expiresAt: expiresIn(ROOM_SECONDS + 2 * DAY_SECONDS, fromMs) };
}

/** Returns whether a join has to renew a room's TTL. Most joins write nothing to the room. */
export function isRoomDueForRenewal({ expiresAt }: Room, nowMs: number): boolean {
  return expiresAt !== undefined && expiresAt < expiresIn(ROOM_SECONDS, nowMs);
}

/** Returns the item of a new room. The item has no `log` until the room has its first entry. */
export function roomItem({ seq: _, lastTs: __, budget: ___, ...room }: Room, nowMs: number): Item {
  return { ...roomKey(room.room), ...room, ...roomExpiry(room.room, nowMs) };
}

/** The part of a log's last entry that determines the head of its room. */
export type LastEntry = Pick<Entry, 'epoch' | 'seq' | 'ts' | 'budget'> & { expiresAt: number };

/** Longer than any request, so that an entry cannot be deleted while a request stores the next entry. */
const LASTING_MS = 3_600_000;

/**
 * Returns a room with the head of its log. The head is the last entry. If all entries of the log have expired, the last
 * position is unknown, and the room continues with the next log: see `logEpoch`.
 *
 * @param last the last entry across all logs of the room.
 */
export function toRoom(item: Item, last: LastEntry | undefined, nowMs: number): Room {
  const room = pick<Omit<Room, 'epoch' | 'seq' | 'lastTs'>>(item, [
    ...(['room', 'shards', 'formerShards', 'grownAt', 'arrival', 'name'] as const),
    ...(['kind', 'owner', 'users', 'openedBy', 'blockedBy', 'followers', 'addressBansUntil'] as const),
    ...(['expiresAt', 'topic', 'slowModeSeconds', 'writers', 'writeAfterSeconds'] as const),
  ]);
  /** Undefined if the room has never had an entry. */
  const log = item.log as number | undefined;
  const logVersion = (item.logVersion as number | undefined) ?? 0;
  if (last && logNumber(last.epoch) >= (log ?? 0)) {
    const { epoch, seq, ts, budget } = last;
    const lasts = last.expiresAt * 1000 > nowMs + LASTING_MS;
    const charged = budget === undefined ? {} : { budget };
    return { ...room, epoch, seq, lastTs: ts, ...charged, ...(lasts ? {} : { logVersion }) };
  }
  const epoch = logEpoch(item.epoch as string, log === undefined ? 0 : log + 1);
  return { ...room, epoch, seq: 0, lastTs: 0, logVersion };
}

const ENTRY = 'entry#';

/** Returns the start of the sort keys of a log's entries. `~` sorts after all digits, so later logs sort after the first one. */
function logPrefix(epoch: string): string {
  const log = logNumber(epoch);
  return log === 0 ? ENTRY : `${ENTRY}~${String(log).padStart(LOG_DIGITS, '0')}#`;
}

/** Returns the sort key of an entry. Pads `seq` with zeros so that entries sort numerically. */
export function entryPosition(epoch: string, seq: number): string {
  return `${logPrefix(epoch)}${String(seq).padStart(SEQ_DIGITS, '0')}`;
}

export function entryKey({ room, epoch }: RoomLogRef, seq: number) {
  return { pk: roomKey(room).pk, sk: entryPosition(epoch, seq) };
}

/** Returns the values of the key condition that selects the entries of all logs of a room. */
export function entriesOfAllLogs(room: string) {
  return { ':room': roomKey(room).pk, ':from': ENTRY, ':to': `${ENTRY}~~` };
}

/** @param retentionDays days until the entry expires, counted from its `ts`. */
export function entryItem(entry: Entry, retentionDays: number): Item {
  const { from, ...fields } = entry;
  return {
    ...entryKey(entry, entry.seq),
    ...fields,
    userId: from.userId,
    username: from.username,
    expiresAt: expiresIn(retentionDays * DAY_SECONDS, entry.ts),
  };
}

export function toEntry(item: Item): Entry {
  const from = pick<User>(item, ['userId', 'username']);
  const fields = [
    ...(['room', 'epoch', 'seq', 'kind', 'messageId', 'clientMsgId', 'text', 'ts'] as const),
    ...(['target', 'replyTo', 'changeSeq', 'connectionId', 'budget', 'previousName'] as const),
    ...(['reactions', 'reactedAt'] as const),
  ] as const;
  return { ...pick<Omit<Entry, 'from'>>(item, fields), from };
}

/** The claim of a position in a room's log for a user's `clientMsgId`. */
export interface Claim {
  /** The sort key of the entry. Positions of the room's next log are greater. */
  position: string;
  /** The ID of the stored message. */
  messageId: string;
  /** The time of the first attempt to store the message at this position. */
  ts: number;
}

/** The parts of an entry that identify its claim. */
type Sender = Pick<Entry, 'room' | 'from'>;

export function claimKey({ room, from }: Sender, clientMsgId: string) {
  return { pk: `send#${room}#${from.userId}#${clientMsgId.toLowerCase()}`, sk: 'send' };
}

export function claimItem(sender: Sender, clientMsgId: string, claim: Claim): Item {
  return {
    ...claimKey(sender, clientMsgId),
    ...claim,
    expiresAt: expiresIn(IDEMPOTENCY_SECONDS, claim.ts),
  };
}

export function toClaim(item: Item): Claim {
  return pick(item, ['position', 'messageId', 'ts']);
}

/** Returns the `seq` of a position. */
export function seqOf(position: string): number {
  return Number(position.slice(-SEQ_DIGITS));
}

/**
 * Returns the item that prevents a user from sending other messages before `nextSendAt` in a room with slow mode. A retry of
 * the same message is allowed.
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

/**
 * Returns the key of an owner's budgets. The item has one attribute per budget, which contains the theoretical arrival time.
 * The item expires after the owner's last connection.
 */
export function budgetsKey(owner: string) {
  return { pk: owner, sk: 'budgets' };
}

/** Returns the key of the item that counts the members and connections of a room. */
export function countKey(room: string) {
  return { pk: `count#${room}`, sk: 'count' };
}

/** The prefixes of the attributes that contain the counts of a period, such as `until1780000200`. */
export const COUNTS = { members: 'until', connections: 'open' } as const;
const COUNT_NAME = /^(?:until|open)(\d+)$/;

export function isCountName(name: string): boolean {
  return COUNT_NAME.test(name);
}

/** Returns whether an attribute contains the count of a period that has not passed. */
export function isCurrentCount(name: string, nowMs: number): boolean {
  return Number(COUNT_NAME.exec(name)?.[1]) * 1000 > nowMs;
}

/** Returns the member count of an item. */
export function countMembers(item: Item, nowMs: number): number {
  return sumCurrent(COUNTS.members, item, nowMs);
}

/** Returns the number of connections that receive a room's messages. Items of earlier versions count only members. */
export function countRecipients(item: Item, nowMs: number): number {
  return Math.max(countMembers(item, nowMs), sumCurrent(COUNTS.connections, item, nowMs));
}

function sumCurrent(prefix: string, item: Item, nowMs: number): number {
  const counts = Object.keys(item).filter((name) => name.startsWith(prefix) && isCurrentCount(name, nowMs));
  // The sum can be negative if a failed function never counted a member who has since left.
  return Math.max(
    0,
    counts.reduce((sum, name) => sum + (item[name] as number), 0),
  );
}
