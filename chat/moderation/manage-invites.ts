import type { Reply } from '../protocol/replies';
import { formatTimestamp } from '../protocol/serialize';
import type { Invite, Room } from '../types';
import type { Invites } from './ports';
import { type Actor, requireModerator } from './roles';

/** The maximum number of invites in a reply. */
const MAX_INVITES = 100;

/**
 * Lists the invites that can be used to join a room. The list contains no codes, because only their hashes are stored.
 *
 * @throws ProblemError `forbidden` if the actor is not a moderator, or in a direct room.
 */
export async function listInvites(
  deps: { invites: Pick<Invites, 'list'>; now(): number },
  actor: Actor,
  { room }: { room: Room },
): Promise<Reply<'invites'>> {
  requireModerator(actor, room);
  const invites = await deps.invites.list(room, deps.now(), MAX_INVITES);
  return { type: 'invites', room: room.room, invites: invites.map(toListedInvite) };
}

function toListedInvite({ hash, by, role, usesLeft, expiresAt }: Invite) {
  return { inviteId: hash, by, role, usesLeft, expiresAt: formatTimestamp(expiresAt) };
}

/**
 * Makes an invite unusable. Users who have joined with it stay in the room. Safe to repeat.
 *
 * @throws ProblemError `forbidden` if the actor is not a moderator, or in a direct room.
 */
export async function revokeInvite(
  deps: { invites: Pick<Invites, 'revoke'> },
  actor: Actor,
  { room, inviteId }: { room: Room; inviteId: string },
): Promise<Reply<'inviteRevoked'>> {
  requireModerator(actor, room);
  await deps.invites.revoke(room, inviteId);
  return { type: 'inviteRevoked', room: room.room, inviteId };
}
