import type { ChatEvent } from '../protocol/events';
import type { Push } from '../protocol/replies';
import { createDetail, formatTimestamp, toRoomSettings } from '../protocol/serialize';
import type { RoomSettings } from '../rooms/ports';
import type { Role, RoomRef, User } from '../types';

type Notice = 'memberJoined' | 'memberLeft' | 'memberRenamed' | 'roomChanged' | 'roleChanged';

export type MemberChanged = ChatEvent<'MemberJoined' | 'MemberLeft' | 'MemberRenamed'>;

/** Creates the event for a notice that a user has joined a room. */
export function createMemberJoined(
  room: RoomRef,
  user: User,
  memberCount: number,
  now: number,
): ChatEvent<'MemberJoined'> {
  const fields = { member: pickUser(user), memberCount };
  return { type: 'MemberJoined', detail: createNoticeDetail(room, now, 'memberJoined', fields) };
}

/** Creates the event for a notice that a user's last connection has left a room. */
export function createMemberLeft(
  room: RoomRef,
  user: User,
  memberCount: number,
  now: number,
): ChatEvent<'MemberLeft'> {
  const fields = { member: pickUser(user), memberCount };
  return { type: 'MemberLeft', detail: createNoticeDetail(room, now, 'memberLeft', fields) };
}

/** Creates the event for a notice that a user changed their name in a room. */
export function createMemberRenamed(
  room: RoomRef,
  user: User,
  previousName: string,
  now: number,
): ChatEvent<'MemberRenamed'> {
  const fields = { member: pickUser(user), previousName };
  return { type: 'MemberRenamed', detail: createNoticeDetail(room, now, 'memberRenamed', fields) };
}

/**
 * Creates the event for a notice that a moderator has changed a room.
 *
 * @param room the room with its new settings.
 */
export function createRoomChanged(
  room: RoomRef & RoomSettings,
  user: User,
  now: number,
): ChatEvent<'RoomChanged'> {
  const fields = { ...toRoomSettings(room), by: pickUser(user) };
  return { type: 'RoomChanged', detail: createNoticeDetail(room, now, 'roomChanged', fields) };
}

/** Creates the event for a notice that a moderator changed a member's role. */
export function createRoleChanged(
  room: RoomRef,
  target: string,
  role: Role,
  user: User,
  now: number,
): ChatEvent<'RoleChanged'> {
  const fields = { userId: target, role, by: pickUser(user) };
  return { type: 'RoleChanged', detail: createNoticeDetail(room, now, 'roleChanged', fields) };
}

function pickUser({ userId, username }: User): User {
  return { userId, username };
}

/** Returns the event detail of a notice. A notice is a push that the room log does not store. */
function createNoticeDetail<T extends Notice>(
  room: RoomRef,
  now: number,
  type: T,
  fields: Omit<Push<T>, 'type' | 'room' | 'ts'>,
) {
  // TypeScript cannot infer that `fields` contains the remaining fields of the push.
  const push = { type, room: room.room, ...fields, ts: formatTimestamp(now) } as Push<T>;
  return createDetail(room, now, push);
}
