import type { RoomSettings } from './ports';
import type { ChatEvent } from './protocol/events';
import {
  formatTimestamp,
  serializePush,
  toBroadcastPush,
  toMessagePush,
  toRoomSettings,
} from './protocol/frames';
import type { Push, pushes } from './protocol/replies';
import { audienceKeys, EVERYONE, EVERYONE_SHARDS } from './rooms';
import type { Broadcast, Entry, Role, RoomRef, User } from './types';

/**
 * Creates the events on the chat's bus. An event has the fields of the push that it requests, for consumers, and the
 * delivery for the fan-out workflow: the index keys of the recipients and one finished frame per protocol, so that the
 * workflow needs no knowledge of the chat. Plain connections receive only texts.
 */

/** The `source` of all events on the chat's bus. */
export const EVENT_SOURCE = 'roomcast';

type Notice = 'memberJoined' | 'memberLeft' | 'memberRenamed' | 'roomChanged' | 'roleChanged';

export type MemberChanged = ChatEvent<'MemberJoined' | 'MemberLeft' | 'MemberRenamed'>;

/**
 * Requests delivery of a stored message. Delivery times are measured from `acceptedAt`, the time of the message.
 *
 * @param shards the number of index keys of the entry's room.
 */
export function createMessageSent(entry: Entry, shards: number): ChatEvent<'MessageSent'> {
  const { type, ...fields } = toMessagePush(entry);
  const frames = { plain: entry.text, 'roomcast.v1': serializePush({ type, ...fields }) };
  const delivery = createDelivery({ room: entry.room, shards }, entry.ts);
  return { type: 'MessageSent', detail: { ...delivery, ...fields, frames } };
}

/**
 * Requests delivery of the entry that deletes or edits a message. `seq` and `messageId` are those of the entry, and
 * `target` is the message's `seq`. Plain connections, which cannot change what they have printed, do not receive it.
 *
 * @param entry an entry of kind `deleted` or `edited`, with its text.
 */
export function createMessageChanged(
  entry: Entry,
  shards: number,
): ChatEvent<'MessageDeleted' | 'MessageEdited'> {
  const type = entry.kind === 'edited' ? 'MessageEdited' : 'MessageDeleted';
  return { type, detail: createDetail({ room: entry.room, shards }, entry.ts, toMessagePush(entry)) };
}

/** Requests delivery of a broadcast to every open connection. */
export function createBroadcastSent(broadcast: Broadcast): ChatEvent<'BroadcastSent'> {
  const { type, ...fields } = toBroadcastPush(broadcast);
  const frames = { plain: broadcast.text, 'roomcast.v1': serializePush({ type, ...fields }) };
  const delivery = createDelivery({ room: EVERYONE, shards: EVERYONE_SHARDS }, broadcast.ts);
  return { type: 'BroadcastSent', detail: { ...delivery, ...fields, frames } };
}

/** Requests delivery of a notice that a user has joined a room. */
export function createMemberJoined(
  room: RoomRef,
  user: User,
  memberCount: number,
  now: number,
): ChatEvent<'MemberJoined'> {
  const fields = { member: pickUser(user), memberCount };
  return { type: 'MemberJoined', detail: createNoticeDetail(room, now, 'memberJoined', fields) };
}

/** Requests delivery of a notice that a user's last connection has left a room. */
export function createMemberLeft(
  room: RoomRef,
  user: User,
  memberCount: number,
  now: number,
): ChatEvent<'MemberLeft'> {
  const fields = { member: pickUser(user), memberCount };
  return { type: 'MemberLeft', detail: createNoticeDetail(room, now, 'memberLeft', fields) };
}

/** Requests delivery of a notice that a user has changed the name in a room. */
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
 * Requests delivery of a notice that a moderator has changed a room.
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

/** Requests delivery of a notice that a moderator has changed a role. */
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

/** Returns the detail of a notice: a push about a room that is not in its log. */
function createNoticeDetail<T extends Notice>(
  room: RoomRef,
  now: number,
  type: T,
  fields: Omit<Push<T>, 'type' | 'room' | 'ts'>,
) {
  // TypeScript does not see that the omitted fields complete the push.
  const push = { type, room: room.room, ...fields, ts: formatTimestamp(now) } as Push<T>;
  return createDetail(room, now, push);
}

/** Returns the detail of an event whose push only `roomcast.v1` connections receive. */
function createDetail<P extends Push<keyof typeof pushes>>(room: RoomRef, acceptedAt: number, push: P) {
  const { type: _, ...fields } = push;
  return {
    ...createDelivery(room, acceptedAt),
    ...fields,
    frames: { 'roomcast.v1': serializePush(push) },
  };
}

function createDelivery({ room, shards }: RoomRef, acceptedAt: number) {
  return { version: 1 as const, acceptedAt, audience: audienceKeys(room, shards) };
}
