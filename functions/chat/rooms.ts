import { createHash, randomBytes } from 'node:crypto';

/** The room in which plain connections start. */
export const LOBBY = 'lobby';

/** The `room` of connection records. Only broadcasts address it, and connections cannot leave it. */
export const EVERYONE = '@everyone';

/** Number of index keys for connection records, so that connects do not all write to one key. */
export const EVERYONE_SHARDS = 16;

/** TTL of connection records and membership rows: slightly above API Gateway's limit of two hours per connection. */
export const CONNECTION_TTL_SECONDS = 2 * 3600 + 600;

/** The number of rooms that a connection can be in. */
export const MAX_ROOMS = 50;

const ROOM_NUMBER = /^[1-9][0-9]{8}$/;

/** Returns whether a client may use `value` as a room: `lobby` or nine digits. The room need not exist. */
export function isRoomName(value: unknown): value is string {
  return value === LOBBY || (typeof value === 'string' && ROOM_NUMBER.test(value));
}

/** Returns a random epoch, which distinguishes the logs of two rooms that had the same number. */
export function createEpoch(): string {
  return randomBytes(9).toString('base64url');
}

/**
 * Returns the index key `room#shard` of a user's connections in a room. All connections of one user share a shard,
 * because the shard is a hash of the user ID.
 */
export function roomShard(room: string, userId: string, shards: number): string {
  return `${room}#${hashUserId(userId) % shards}`;
}

/** Returns a number below 2^32 that is the same for all connections of a user. */
export function hashUserId(userId: string): number {
  return createHash('sha256').update(userId).digest().readUInt32BE(0);
}

/** Returns all index keys of a room, which a fan-out has to query. */
export function audienceKeys(room: string, shards: number): string[] {
  return Array.from({ length: shards }, (_, shard) => `${room}#${shard}`);
}

/** Returns the index's sort key, which groups the connections of one user. */
export function memberKey(userId: string, connectionId: string): string {
  return `${userId}#${connectionId}`;
}
