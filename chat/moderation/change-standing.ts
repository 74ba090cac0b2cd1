import { ProblemError } from '../protocol/problems';
import type { Role, Room, Standing } from '../types';
import type { Standings } from './ports';
import { type Actor, outranks, requireModerator, rightsChangedError, roomRole } from './roles';

/** The number of attempts to change a standing if other requests change it concurrently. */
const MAX_ATTEMPTS = 3;

/**
 * Changes a user's standing in a room, if the actor outranks the user.
 *
 * @param currentRole the highest role of the user's connections in the room, which a token may have granted.
 * @param change returns the new standing, or undefined to keep the current one.
 * @returns the stored standing.
 * @throws ProblemError `forbidden` if the actor is not a moderator or does not outrank the user.
 */
export async function changeStanding(
  standings: Pick<Standings, 'read' | 'replace'>,
  actor: Actor,
  room: Room,
  target: { userId: string; currentRole: Role | undefined },
  change: (standing: Standing) => Standing | undefined,
): Promise<Standing> {
  requireModerator(actor, room);
  const { userId, currentRole = 'reader' } = target;
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    const standing = await standings.read(room, userId);
    const role = roomRole(room, userId, standing) ?? 'reader';
    if (!outranks(actor.role, role) || !outranks(actor.role, currentRole))
      throw new ProblemError('forbidden', 'You can act only on users whose role is below your own.');
    const changed = change(standing);
    if (!changed) return standing;
    if (await standings.replace(room, userId, changed)) return { ...changed, version: standing.version + 1 };
  }
  throw rightsChangedError();
}
