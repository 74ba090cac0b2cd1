import { type ClientIdentity, type Handshake, identifyClient } from './identity';
import type { Connections, RoomLog } from './ports';
import { enterRoom, type PresenceDependencies } from './presence';
import { ProblemError } from './problems';
import { isRoomName, LOBBY } from './rooms';
import type { Connection, RoomRef } from './types';

export interface ConnectDependencies extends PresenceDependencies {
  connections: Connections;
  log: Pick<RoomLog, 'readRoom'>;
  /** Origins from which browsers may connect. `*` allows any. */
  allowedOrigins: readonly string[];
}

export interface ConnectRequest extends Handshake {
  connectionId: string;
  /** The `Origin` header, which only browsers send. */
  origin?: string;
}

/**
 * Authorizes a new connection, determines its identity and protocol, and records it in its initial room.
 *
 * @throws ProblemError `forbidden` for an origin that is not allowed, `invalid-frame` for an invalid parameter, or
 *   `unknown-room`.
 */
export async function connect(deps: ConnectDependencies, request: ConnectRequest): Promise<ClientIdentity> {
  checkOrigin(deps.allowedOrigins, request.origin);
  const identity = identifyClient(request);
  const room = await findInitialRoom(deps, identity, request.query.room);
  const { connectionId } = request;
  const { userId, username, protocol } = identity;
  // The workflow keeps rows for as long as $connect can take from here, before a post's 410 deletes them.
  const now = deps.now();
  const plainRoom = room && protocol === 'plain' ? { plainRoom: room.room } : {};
  const connection: Connection = {
    connectionId,
    userId,
    username,
    protocol,
    connectedAt: now,
    ...plainRoom,
  };
  if (!room) {
    await deps.connections.open(connection, undefined);
    return identity;
  }
  await deps.connections.open(connection, {
    ...room,
    connectionId,
    userId,
    username,
    protocol,
    joinedAt: now,
  });
  await enterRoom(deps, room, { userId, username }, connectionId);
  return identity;
}

/** Browsers always send the header and pages cannot forge it, so a client without one is not a browser. */
function checkOrigin(allowed: readonly string[], origin: string | undefined): void {
  if (origin === undefined || allowed.includes('*') || allowed.includes(origin)) return;
  throw new ProblemError('forbidden', 'This origin is not allowed to connect.');
}

async function findInitialRoom(
  deps: ConnectDependencies,
  { protocol }: ClientIdentity,
  requested: string | undefined,
): Promise<RoomRef | undefined> {
  const name = requested ?? (protocol === 'plain' ? LOBBY : undefined);
  if (name === undefined) return undefined;
  if (!isRoomName(name))
    throw new ProblemError('invalid-frame', 'room must be "lobby" or a nine-digit number.');
  const room = await deps.log.readRoom(name);
  if (room) return { room: name, shards: room.shards };
  // The first message creates the lobby's log. Until then, the lobby has the one shard of every new room.
  if (name === LOBBY) return { room: LOBBY, shards: 1 };
  throw new ProblemError('unknown-room', 'Room not found. Check the number.');
}
