import { createHash, randomBytes } from 'node:crypto';
import { ProblemError } from '../protocol/problems';
import type { Reply } from '../protocol/replies';
import { formatTimestamp } from '../protocol/serialize';
import { roomIdentity } from '../rooms/room-keys';
import type { Role, Room } from '../types';
import type { Invites } from './ports';
import { type Actor, outranks, requireModerator, rightsChangedError } from './roles';

const WEEK_SECONDS = 7 * 24 * 3600;

export interface InviteRequest {
  room: Room;
  uses?: number;
  expiresInSeconds?: number;
  role?: Role;
}

/**
 * Creates an invite to a room and returns its code. Only a hash of the code is stored. Anybody with the code can join the room
 * while the invite has uses left.
 *
 * @throws ProblemError `forbidden` in a direct room, or if the actor is not a moderator or does not outrank the role of the
 *   invite. `room-busy` if the actor's rights change concurrently.
 */
export async function createInvite(
  deps: { invites: Pick<Invites, 'create'>; now(): number },
  actor: Actor,
  request: InviteRequest,
): Promise<Reply<'invited'>> {
  const { room, uses = 1, expiresInSeconds = WEEK_SECONDS, role = 'member' } = request;
  requireModerator(actor, room);
  if (!outranks(actor.role, role))
    throw new ProblemError('forbidden', 'Invites can grant only roles below your own.');
  const code = randomBytes(16).toString('base64url');
  // Round down to whole seconds, because TTL attributes are in seconds.
  const expiresAt = (Math.floor(deps.now() / 1000) + expiresInSeconds) * 1000;
  const { room: name } = room;
  const { userId, username, standingVersion } = actor;
  const hash = hashInviteCode(code);
  const invite = { hash, room: name, epoch: roomIdentity(room.epoch), by: { userId, username }, role };
  // Prevent a moderator who is kicked or demoted concurrently from creating an invite.
  const creator = standingVersion === undefined ? undefined : { room, userId, standingVersion };
  if (!(await deps.invites.create({ ...invite, usesLeft: uses, expiresAt }, creator)))
    throw rightsChangedError();
  return {
    ...{ type: 'invited', room: name, inviteId: hash, invite: code, role, uses },
    expiresAt: formatTimestamp(expiresAt),
  };
}

/** Returns the hash of an invite code. A code has 128 random bits, so its hash cannot be reversed, even without a salt. */
export function hashInviteCode(code: string): string {
  return createHash('sha256').update(`roomcast invite ${code}`).digest('base64url');
}
