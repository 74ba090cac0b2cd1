import { admit, openLobby } from './admission';
import { type JoinDependencies, move } from './join';
import { exit } from './presence';
import type { Reply } from './protocol/replies';
import type { Frame } from './protocol/requests';
import { LOBBY } from './rooms';

/**
 * `leaveRoom`: takes the connection out of a room. A plain connection, which is always in one room, is back in the
 * lobby then; leaving the lobby leaves it where it is.
 *
 * @throws ProblemError `unauthenticated`, `invalid-frame`, `unknown-room`.
 */
export async function leaveRoom(
  deps: JoinDependencies,
  connectionId: string,
  frame: Frame,
): Promise<Reply<'left'>> {
  const { connection, membership, room } = await admit(deps, 'leaveRoom', connectionId, frame);
  const { room: name, userId, username } = membership;
  if (connection.protocol === 'roomcast.v1') {
    await exit(deps, room ?? { room: name, shards: 1 }, { userId, username }, connectionId);
  } else if (name !== LOBBY) {
    await move(deps, connection, (await deps.log.readRoom(LOBBY)) ?? (await openLobby(deps.log)), {});
  }
  return { type: 'left', room: name };
}
