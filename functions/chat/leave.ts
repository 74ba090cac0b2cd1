import { admit, openLobby } from './admission';
import { type JoinDependencies, move, vacate } from './join';
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
  const { connection, membership } = await admit(deps, 'leaveRoom', connectionId, frame);
  const { room } = membership;
  if (connection.protocol === 'roomcast.v1') await vacate(deps, membership);
  else if (room !== LOBBY)
    await move(deps, connection, (await deps.log.readRoom(LOBBY)) ?? (await openLobby(deps.log)), {});
  return { type: 'left', room };
}
