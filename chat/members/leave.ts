import type { Reply } from '../protocol/replies';
import type { Frame } from '../protocol/requests';
import { ensureLobby } from '../rooms/lobby';
import { LOBBY } from '../rooms/room-keys';
import { authorizeMember } from './authorization';
import { type JoinDependencies, joinExistingRoom } from './join';
import { exitRoom, settlePresence } from './presence';

/**
 * Removes the connection from a room. A plain connection is always in exactly one room, so it returns to the lobby. In the
 * lobby, the request has no effect.
 *
 * @throws ProblemError `unauthenticated`, `rate-limited`, `invalid-frame` or `unknown-room`.
 */
export async function leaveRoom(
  deps: JoinDependencies,
  connectionId: string,
  frame: Frame,
): Promise<Reply<'left'>> {
  const { connection, membership, room } = await authorizeMember(deps, 'leaveRoom', connectionId, frame);
  const { room: name, userId, username } = membership;
  if (connection.protocol === 'roomcast.v1') {
    const ref = room ?? { room: name, shards: 1 };
    const user = { userId, username };
    await exitRoom(deps, ref, user, connectionId, membership.joinedAt);
    // The connection may be joining the room again concurrently.
    if (!(await settlePresence(deps, ref, user, connectionId, false)))
      await deps.connections.forgetRoom(connectionId, name);
  } else if (name !== LOBBY) {
    const lobby = (await deps.log.readRoom(LOBBY)) ?? (await ensureLobby(deps.log));
    await joinExistingRoom(deps, connection, lobby, {});
  }
  return { type: 'left', room: name };
}
