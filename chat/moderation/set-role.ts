import { createRoleChanged } from '../delivery/notice-events';
import type { EventBus } from '../delivery/ports';
import type { Connections, Presence, Senders } from '../members/ports';
import { findUserConnections, roleOf } from '../members/user-connections';
import { ProblemError } from '../protocol/problems';
import type { Reply } from '../protocol/replies';
import type { Role, Room } from '../types';
import { changeStanding } from './change-standing';
import type { Standings } from './ports';
import { type Actor, effectiveRole, outranks } from './roles';

export interface SetRoleDependencies {
  log: Senders;
  presence: Presence;
  standings: Standings;
  connections: Pick<Connections, 'setMembershipRole'>;
  bus: EventBus;
  now(): number;
  onNoticeFailed(error: unknown): void;
}

/**
 * Grants a user a higher or lower role in a room, and notifies the members. The role applies to the user's current connections
 * immediately. A token can still grant a higher role.
 *
 * @throws ProblemError `forbidden` if the actor is not a moderator, or does not outrank both the user and the role.
 */
export async function setRole(
  deps: SetRoleDependencies,
  actor: Actor,
  { room, userId, role }: { room: Room; userId: string; role: Role },
): Promise<Reply<'roleSet'>> {
  if (!outranks(actor.role, role))
    throw new ProblemError('forbidden', 'You can grant only roles below your own.');
  const currentRole = roleOf(await findUserConnections(deps, room, userId));
  const target = { userId, currentRole };
  const changed = await changeStanding(deps.standings, actor, room, target, (standing) => ({
    ...standing,
    role,
  }));
  // A concurrent join that has not stored its presence yet reads the standing again after it stores the presence.
  for (const { connectionId, connection } of await findUserConnections(deps, room, userId)) {
    const effective = effectiveRole(room, userId, changed, connection?.rights);
    await deps.connections.setMembershipRole(connectionId, room.room, effective, changed.version);
  }
  await deps.bus.publish(createRoleChanged(room, userId, role, actor, deps.now())).catch(deps.onNoticeFailed);
  return { type: 'roleSet', room: room.room, userId, role };
}
