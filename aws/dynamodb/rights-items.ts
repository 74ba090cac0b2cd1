import { roomIdentity } from '../../chat/rooms/room-keys';
import type { Invite, RoomLogRef, Standing } from '../../chat/types';
import { expiresIn, pick, rightsExpiry, roomKey } from './items';

/** Maps standings, invites and direct rooms to items of the chat table. */

type Item = Record<string, unknown>;

const STANDING = 'user#';

/**
 * Returns the key of a standing. The key contains the identity of the room, so that a new room with a reused number has no
 * standings.
 */
export function standingKey({ room, epoch }: RoomLogRef, userId: string) {
  return { ...roomKey(room), sk: `${STANDING}${roomIdentity(epoch)}#${userId}` };
}

export function standingItem(room: RoomLogRef, userId: string, standing: Standing, nowMs: number): Item {
  return { ...standingKey(room, userId), ...standing, ...rightsExpiry(room.room, nowMs) };
}

export function toStanding(item: Item): Standing {
  return pick(item, ['role', 'bannedUntil', 'bannedName', 'bannedWith', 'version']);
}

/** Returns the user ID in the key of a standing. Epochs contain no `#`. */
export function userOfStanding({ sk }: Item): string {
  return String(sk).split('#')[2] as string;
}

/** Returns the key of an invite. Invites are stored in the partition of their room, so that one query can list them. */
export function inviteKey({ room, epoch }: RoomLogRef, hash: string) {
  return { ...roomKey(room), sk: `invite#${roomIdentity(epoch)}#${hash}` };
}

export function inviteItem({ expiresAt, ...invite }: Invite): Item {
  return { ...inviteKey(invite, invite.hash), ...invite, expiresAt: expiresIn(0, expiresAt) };
}

export function toInvite(item: Item): Invite {
  const fields = pick<Invite>(item, ['hash', 'room', 'epoch', 'by', 'role', 'usesLeft', 'expiresAt']);
  return { ...fields, expiresAt: fields.expiresAt * 1000 };
}

/** Returns the key of the item that contains the direct room of two users. User IDs contain no `#`. */
export function directRoomKey(users: readonly string[]) {
  return { pk: `direct#${[...users].sort().join('#')}`, sk: 'direct' };
}
