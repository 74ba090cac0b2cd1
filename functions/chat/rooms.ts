import { createHash } from 'node:crypto';

/** The room plain connections start in. An ordinary room, but for its name. */
export const LOBBY = 'lobby';

/** The `room` of a connection's record row: an audience that cannot be left and that only a broadcast addresses. */
export const EVERYONE = '@everyone';

/** Over how many index keys the record rows are spread, so that no single key takes every connect. */
export const EVERYONE_SHARDS = 16;

/** How long a row may outlive its connection's start: just over API Gateway's two hours for a WebSocket. */
export const CONNECTION_TTL_SECONDS = 2 * 3600 + 600;

const ROOM_NUMBER = /^[1-9][0-9]{8}$/;

/** Whether `value` can name a room a client may talk to: `lobby` or nine digits. Says nothing of its existence. */
export function isRoomName(value: unknown): value is string {
  return value === LOBBY || (typeof value === 'string' && ROOM_NUMBER.test(value));
}

/**
 * The index key a user's connections in a room are found under, `room#shard`. The shard comes from a hash of the
 * user, so that one user's connections lie together.
 */
export function roomShard(room: string, userId: string, shards: number): string {
  const shard = createHash('sha256').update(userId).digest().readUInt32BE(0) % shards;
  return `${room}#${shard}`;
}

/** Every index key of a room: what a fan-out has to query. */
export function audienceOf(room: string, shards: number): string[] {
  return Array.from({ length: shards }, (_, shard) => `${room}#${shard}`);
}

/** The index's sort key: a user's connections in a room are neighbours and can be listed by user. */
export function memberKey(userId: string, connectionId: string): string {
  return `${userId}#${connectionId}`;
}
