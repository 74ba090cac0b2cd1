import { type Handshake, type Introduction, introduce } from './identity';
import type { Connections, RoomLog } from './ports';
import { enter, type PresenceDependencies } from './presence';
import { ProblemError } from './problems';
import { isRoomName, LOBBY } from './rooms';
import type { Connection } from './types';

export interface ConnectDependencies extends PresenceDependencies {
  connections: Connections;
  log: Pick<RoomLog, 'readRoom'>;
  /** Origins a browser may connect from; `*` for any. */
  allowedOrigins: readonly string[];
}

export interface ConnectRequest extends Handshake {
  connectionId: string;
  /** The `Origin` header; clients other than browsers send none. */
  origin?: string;
}

/**
 * Lets a connection in: decides who it is and how it talks, and records it in the room it starts in.
 *
 * @throws ProblemError `forbidden` for a foreign origin, `invalid-frame` for a bad parameter, `unknown-room`.
 */
export async function connect(deps: ConnectDependencies, request: ConnectRequest): Promise<Introduction> {
  checkOrigin(deps.allowedOrigins, request.origin);
  const introduction = introduce(request);
  const start = await startingPlace(deps, introduction, request.query.room);
  const { connectionId } = request;
  const { userId, username, protocol } = introduction;
  const now = deps.now();
  const home = start && protocol === 'plain' ? { plainRoom: start.room } : {};
  const connection: Connection = { connectionId, userId, username, protocol, connectedAt: now, ...home };
  if (!start) {
    await deps.connections.open(connection, undefined);
    return introduction;
  }
  await deps.connections.open(connection, {
    ...start,
    connectionId,
    userId,
    username,
    protocol,
    joinedAt: now,
  });
  await enter(deps, start, { userId, username }, connectionId);
  return introduction;
}

/** Browsers cannot leave the header out and pages cannot forge it, so its absence means: not a browser. */
function checkOrigin(allowed: readonly string[], origin: string | undefined): void {
  if (origin === undefined || allowed.includes('*') || allowed.includes(origin)) return;
  throw new ProblemError('forbidden', 'This origin may not connect.');
}

async function startingPlace(
  deps: ConnectDependencies,
  { protocol }: Introduction,
  requested: string | undefined,
) {
  const name = requested ?? (protocol === 'plain' ? LOBBY : undefined);
  if (name === undefined) return undefined;
  if (!isRoomName(name)) throw new ProblemError('invalid-frame', 'A room is "lobby" or nine digits.');
  const room = await deps.log.readRoom(name);
  if (room) return { room: name, shards: room.shards };
  // The lobby needs no creating: its first message opens it, and until then it has the one shard it begins with.
  if (name === LOBBY) return { room: LOBBY, shards: 1 };
  throw new ProblemError('unknown-room', 'There is no such room.');
}
