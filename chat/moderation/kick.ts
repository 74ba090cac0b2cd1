import { unfollow } from '../away/follow';
import type { Presence, Senders } from '../members/ports';
import { findUserConnections, roleOf } from '../members/user-connections';
import type { Reply } from '../protocol/replies';
import { formatTimestamp } from '../protocol/serialize';
import type { Followers } from '../rooms/ports';
import type { Room, Standing } from '../types';
import { changeStanding } from './change-standing';
import type { Standings } from './ports';
import { type RemovalDependencies, removeConnections } from './remove-connections';
import type { Actor } from './roles';

export interface KickDependencies extends RemovalDependencies {
  log: Senders & Followers;
  presence: Presence;
  standings: Standings;
}

/**
 * Removes a user's connections from a room. The user can join again, but needs a new invite for an invite room. Removes the
 * role first. A concurrent join then either finds no role, or has already added its connection, which this function removes.
 *
 * @throws ProblemError `forbidden` if the actor is not a moderator or does not outrank the user.
 */
export async function kick(
  deps: KickDependencies,
  actor: Actor,
  { room, userId }: { room: Room; userId: string },
): Promise<Reply<'kicked'>> {
  const target = { userId, currentRole: roleOf(await findUserConnections(deps, room, userId)) };
  await changeStanding(deps.standings, actor, room, target, (standing) => removeRole(room, standing));
  await unfollow(deps, room, userId);
  const ts = formatTimestamp(deps.now());
  const push = { type: 'removed' as const, room: room.room, reason: 'kicked' as const, ts };
  await removeConnections(deps, room, userId, await findUserConnections(deps, room, userId), push);
  return { type: 'kicked', room: room.room, userId };
}

/** Removes the role that would allow a user to join an invite room again. Returns undefined if there is nothing to change. */
export function removeRole({ kind }: Room, { role, ...standing }: Standing): Standing | undefined {
  return kind === 'invite' && role !== undefined ? standing : undefined;
}
