import { createHash, randomBytes } from 'node:crypto';
import type { Room, RoomRef } from '../types';

/** The room in which plain connections start. */
export const LOBBY = 'lobby';

/** The `room` of connection records. Only broadcasts address it, and connections cannot leave it. */
export const EVERYONE = '@everyone';

/** Number of index keys for connection records, so that new connections do not all write to one key. */
export const EVERYONE_SHARDS = 16;

/**
 * Number of index keys of a new lobby, in which plain connections start. API Gateway accepts 500 new connections per second,
 * and one key accepts 1,000 writes per second. A connection causes two writes, because its row is written and later deleted.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html
 */
export const LOBBY_SHARDS = 4;

/** Number of members per index key: one page of the fan-out. A room with more members gets more keys. */
const MEMBERS_PER_SHARD = 1000;
/** More keys make every message more expensive, because the fan-out queries each key. */
const MAX_SHARDS = 8;

/** TTL of connection records and membership rows: slightly above API Gateway's limit of two hours per connection. */
export const CONNECTION_TTL_SECONDS = 2 * 3600 + 600;

/** The number of rooms that a connection can be in, and of rooms in its session. */
export const MAX_ROOMS = 50;

const ROOM_NUMBER = /^[1-9][0-9]{8}$/;

/** Returns whether a client may use `value` as a room: `lobby` or nine digits. The room need not exist. */
export function isRoomName(value: unknown): value is string {
  return value === LOBBY || (typeof value === 'string' && ROOM_NUMBER.test(value));
}

/** Returns the random epoch of a new room, which distinguishes it from an expired room that had the same number. */
export function createEpoch(): string {
  return randomBytes(9).toString('base64url');
}

/**
 * Returns the epoch of a room's log. If all entries have expired, the last position of the log is unknown, so the room starts
 * its next log. The room keeps its identity, and its logs are numbered: `q3Vb0cUeXz9L`, `q3Vb0cUeXz9L.1`, `q3Vb0cUeXz9L.2`.
 */
export function logEpoch(identity: string, log: number): string {
  return log === 0 ? identity : `${identity}.${log}`;
}

/** Returns the part of an epoch that all logs of a room share. Standings and invites belong to it. */
export function roomIdentity(epoch: string): string {
  return epoch.split('.')[0] as string;
}

/** Returns the number of an epoch's log. */
export function logNumber(epoch: string): number {
  return Number(epoch.split('.')[1] ?? 0);
}

/**
 * Returns the index key `room#shard` of a user's connections in a room. All connections of one user share a shard,
 * because the shard is a hash of the user ID.
 */
export function roomShard(room: string, userId: string, shards: number): string {
  return shardKey(room, shardOf(userId, shards));
}

/** Returns the number of the shard that a user's new connections are added to. */
export function shardOf(userId: string, shards: number): number {
  return hashUserId(userId) % shards;
}

/** Returns the index key of a shard. */
export function shardKey(room: string, shard: number): string {
  return `${room}#${shard}`;
}

/**
 * Returns the number of index keys that a room needs. The number is only ever doubled, so that the keys of earlier rows remain
 * in use: see `shardHistory`.
 */
export function requiredShards({ shards }: Pick<RoomRef, 'shards'>, memberCount: number): number {
  let required = shards;
  while (required < MAX_SHARDS && memberCount > required * MEMBERS_PER_SHARD) required *= 2;
  return required;
}

/**
 * How long a room that has grown uses its former index keys for new rows. This time is longer than a request can take.
 * Afterwards, every request that read the former number of keys has stored its message, and members who join under a new key
 * find that message in the log.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
 */
const GROWTH_MS = 30_000;

/** Returns the number of index keys over which new rows are distributed. */
export function shardsForNewRows(
  { shards, formerShards, grownAt }: Pick<Room, 'shards' | 'formerShards' | 'grownAt'>,
  now: number,
): number {
  const hasJustGrown = grownAt !== undefined && now < grownAt + GROWTH_MS;
  return hasJustGrown ? (formerShards ?? shards) : shards;
}

/**
 * Returns the shards that can contain rows of the users of one shard: that shard, and the shards of the same users before the
 * room grew. Rows keep their key.
 */
export function shardHistory(shard: number, shards: number): number[] {
  const history = new Set([shard]);
  for (let former = shards / 2; Number.isInteger(former); former /= 2) history.add(shard % former);
  return [...history];
}

/** Returns a number below 2^32 that is the same for all connections of a user. */
export function hashUserId(userId: string): number {
  return createHash('sha256').update(userId).digest().readUInt32BE(0);
}

/** Returns all index keys of a room, which a fan-out has to query. */
export function audienceKeys(room: string, shards: number): string[] {
  return Array.from({ length: shards }, (_, shard) => shardKey(room, shard));
}

/** Returns the index's sort key, which groups the connections of one user. */
export function memberKey(userId: string, connectionId: string): string {
  return `${userId}#${connectionId}`;
}
