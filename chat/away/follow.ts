import { createHash } from 'node:crypto';
import type { Standings } from '../moderation/ports';
import { type Actor, roomRole } from '../moderation/roles';
import { ProblemError } from '../protocol/problems';
import type { Reply } from '../protocol/replies';
import type { Request } from '../protocol/requests';
import type { Followers } from '../rooms/ports';
import { LOBBY } from '../rooms/room-keys';
import type { Device, Room, Standing } from '../types';
import type { Devices } from './ports';

/** The item of the room contains the followers. With at most this number, the item can be read with one read unit. */
export const MAX_FOLLOWERS = 100;
export const MAX_DEVICES = 5;

export interface FollowDependencies {
  log: Followers;
  devices: Pick<Devices, 'store'>;
  standings: Standings;
  now(): number;
}

/**
 * Starts or ends following a room, and stores the device on which the user receives notifications. A user who follows a room is
 * notified of its messages while away: see `notifyAway`.
 *
 * @throws ProblemError `forbidden` in the lobby, if the room has too many followers, or if the user can enter an invite room
 *   only with a token, because the user's next token may not allow it.
 */
export async function follow(
  deps: FollowDependencies,
  { userId }: Actor,
  { room, on, device }: Pick<Request<'follow'>, 'on' | 'device'> & { room: Room },
): Promise<Reply<'followed'>> {
  if (room.room === LOBBY) throw new ProblemError('forbidden', 'The lobby cannot be followed.');
  if (on && !isAdmitted(room, userId, await deps.standings.read(room, userId), deps.now()))
    throw new ProblemError('forbidden', 'Only users to whom the room has granted a role can follow it.');
  if (!(await deps.log.setFollowing(room, userId, on, MAX_FOLLOWERS)))
    throw new ProblemError('forbidden', `A room can have ${MAX_FOLLOWERS} followers.`);
  if (on && device) await deps.devices.store(userId, toDevice(device), deps.now(), MAX_DEVICES);
  return { type: 'followed', room: room.room, on };
}

/** Returns whether a user may be notified of the messages of a room, regardless of tokens. */
export function isAdmitted(room: Room, userId: string, standing: Standing, now: number): boolean {
  if ((standing.bannedUntil ?? 0) > now) return false;
  const isOpen = (room.kind ?? 'open') === 'open';
  return isOpen || roomRole(room, userId, standing) !== undefined;
}

/** Ends following a room for a user who is removed from it. */
export async function unfollow({ log }: { log: Followers }, room: Room, userId: string): Promise<void> {
  if (room.followers?.has(userId)) await log.setFollowing(room, userId, false, MAX_FOLLOWERS);
}

function toDevice({ endpoint, keys: { p256dh, auth } }: NonNullable<Request<'follow'>['device']>): Device {
  const deviceId = createHash('sha256').update(endpoint).digest('base64url');
  return { deviceId, endpoint, keys: { p256dh, auth } };
}
