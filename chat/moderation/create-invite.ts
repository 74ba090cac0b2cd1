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
 * Creates an invite to a room and returns its code, which is stored as a hash only. Anybody with the code can join the room
 * while the invite has uses left.
 *
 * @throws ProblemError `forbidden` if the actor is not a moderator or has no higher role than the invite, or in a direct room.
 *   `room-busy` if the actor's rights change at the same time.
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
  // In whole seconds, because TTL attributes are.
  const expiresAt = (Math.floor(deps.now() / 1000) + expiresInSeconds) * 1000;
  const { room: name } = room;
  const { userId, username, standingVersion } = actor;
  const hash = hashInviteCode(code);
  const invite = { hash, room: name, epoch: roomIdentity(room.epoch), by: { userId, username }, role };
  // A moderator who is kicked or loses the role at the same time creates no invite.
  const creator = standingVersion === undefined ? undefined : { room, userId, standingVersion };
  if (!(await deps.invites.create({ ...invite, usesLeft: uses, expiresAt }, creator)))
    throw rightsChangedError();
  return {
    ...{ type: 'invited', room: name, inviteId: hash, invite: code, role, uses },
    expiresAt: formatTimestamp(expiresAt),
  };
}

/** A code has 128 random bits, so a plain hash cannot be reversed. */
export function hashInviteCode(code: string): string {
  return createHash('sha256').update(`roomcast invite ${code}`).digest('base64url');
}
