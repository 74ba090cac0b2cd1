import { ProblemError } from '../protocol/problems';
import type { Reply } from '../protocol/replies';
import type { RoomConfiguration } from '../rooms/ports';
import type { Room } from '../types';
import type { Actor } from './roles';

interface BlockDependencies {
  log: Pick<RoomConfiguration, 'setBlocked'>;
}

/**
 * Blocks the other user of a direct room. While the actor is not in the room, messages of the other user are no longer
 * announced to the actor. The other user is not notified, and can send messages as before.
 *
 * @throws ProblemError `forbidden` in other rooms.
 */
export async function block(
  deps: BlockDependencies,
  { userId }: Actor,
  { room }: { room: Room },
): Promise<Reply<'blocked'>> {
  requireDirect(room);
  await deps.log.setBlocked(room, userId, true);
  return { type: 'blocked', room: room.room };
}

/**
 * Unblocks the other user of a direct room.
 *
 * @throws ProblemError `forbidden` in other rooms.
 */
export async function unblock(
  deps: BlockDependencies,
  { userId }: Actor,
  { room }: { room: Room },
): Promise<Reply<'unblocked'>> {
  requireDirect(room);
  await deps.log.setBlocked(room, userId, false);
  return { type: 'unblocked', room: room.room };
}

function requireDirect({ kind }: Room): void {
  if (kind !== 'direct')
    throw new ProblemError('forbidden', 'Only the other user of a direct room can be blocked.');
}
