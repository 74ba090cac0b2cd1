import { type FollowDependencies, follow } from '../away/follow';
import type { LimitDependencies } from '../limits/charge-action';
import { authorizeMember } from '../members/authorization';
import type { Connections, Presence, Senders } from '../members/ports';
import type { Reply, replies } from '../protocol/replies';
import type { Frame, Request } from '../protocol/requests';
import { ensureLobby } from '../rooms/lobby';
import type { Followers, RoomConfiguration, Rooms } from '../rooms/ports';
import { setRoom } from '../rooms/set-room';
import type { Room } from '../types';
import { ban, unban } from './ban';
import { block, unblock } from './block';
import { createInvite } from './create-invite';
import { type KickDependencies, kick } from './kick';
import { listInvites, revokeInvite } from './manage-invites';
import type { Invites } from './ports';
import type { Actor } from './roles';
import { type SetRoleDependencies, setRole } from './set-role';

export interface ModerateDependencies
  extends KickDependencies,
    SetRoleDependencies,
    FollowDependencies,
    LimitDependencies {
  log: Senders & Rooms & RoomConfiguration & Followers;
  presence: Presence;
  connections: Connections;
  invites: Invites;
}

/** A valid request with the room that it names. */
type RoomRequest<A extends ModerationAction> = Omit<Request<A>, 'room'> & { room: Room };

type Operations = {
  [A in ModerationAction]: (
    deps: ModerateDependencies,
    actor: Actor,
    request: RoomRequest<A>,
  ) => Promise<Reply<keyof typeof replies>>;
};

/** The moderation operations by action. The actor can be a user with a role in the room, or the system. */
const operations: Operations = {
  invite: createInvite,
  invites: listInvites,
  revokeInvite,
  kick,
  ban,
  unban,
  setRole,
  setRoom,
  block,
  unblock,
  follow,
};

export type ModerationAction =
  | 'invite'
  | 'invites'
  | 'revokeInvite'
  | 'kick'
  | 'ban'
  | 'unban'
  | 'setRole'
  | 'setRoom'
  | 'block'
  | 'unblock'
  | 'follow';

/** Returns whether a route is one of the moderation actions. */
export function isModerationAction(action: string): action is ModerationAction {
  return Object.hasOwn(operations, action);
}

/**
 * Performs a moderation action for a member of the room. The sender's role is read from the membership row.
 *
 * @throws ProblemError `unauthenticated`, `invalid-frame`, `unknown-room`, or `forbidden` if the role is too low.
 */
export async function moderate<A extends ModerationAction>(
  deps: ModerateDependencies,
  action: A,
  connectionId: string,
  frame: Frame,
): Promise<Reply<keyof typeof replies>> {
  const authorized = await authorizeMember(deps, action, connectionId, frame);
  const { userId, username, role, standingVersion } = authorized.membership;
  const room = authorized.room ?? (await ensureLobby(deps.log));
  return operations[action](
    deps,
    { userId, username, role, standingVersion },
    { ...authorized.request, room },
  );
}
