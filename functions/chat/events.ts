import {
  formatTimestamp,
  serializePush,
  toBroadcastFrames,
  toMemberFrame,
  toMessageFrames,
  toRoomSettings,
} from './protocol/frames';
import type { Push } from './protocol/replies';
import { audienceKeys, EVERYONE, EVERYONE_SHARDS } from './rooms';
import type { Broadcast, Entry, Protocol, Role, Room, RoomRef, User } from './types';

/** The `source` of all events on the chat's bus. */
export const EVENT_SOURCE = 'roomcast';

/**
 * Requests delivery of a stored message. The event contains one finished frame per protocol and the index keys of the
 * recipients, so that its consumers need no knowledge of the chat.
 */
export interface MessageSent {
  type: 'MessageSent';
  detail: {
    room: string;
    seq: number;
    messageId: string;
    /** When the message was accepted, in epoch milliseconds. Delivery times are measured from it. */
    acceptedAt: number;
    audience: string[];
    frames: Record<Protocol, string>;
  };
}

/**
 * Requests delivery of the entry that deletes or edits a message. `seq` and `messageId` are those of the entry, and
 * `target` is the message's `seq`. Plain connections, which cannot change what they have printed, do not receive it.
 */
export interface MessageChanged {
  type: 'MessageDeleted' | 'MessageEdited';
  detail: Omit<MessageSent['detail'], 'frames'> & {
    target: number;
    frames: Pick<Record<Protocol, string>, 'roomcast.v1'>;
  };
}

/** Requests delivery of a broadcast to every open connection. */
export interface BroadcastSent {
  type: 'BroadcastSent';
  detail: {
    messageId: string;
    acceptedAt: number;
    audience: string[];
    frames: Record<Protocol, string>;
  };
}

/** Requests delivery of a notice that a user has joined or left a room, or has changed the name there. Plain connections do not receive notices. */
export interface MemberChanged {
  type: 'MemberJoined' | 'MemberLeft' | 'MemberRenamed';
  detail: {
    room: string;
    acceptedAt: number;
    audience: string[];
    frames: Pick<Record<Protocol, string>, 'roomcast.v1'>;
  };
}

/** Requests delivery of a notice that a moderator has changed a room or a role. */
export interface RoomNotice {
  type: 'RoomChanged' | 'RoleChanged';
  detail: MemberChanged['detail'];
}

/** Reports a stale connection. Published by the fan-out workflow, with the attributes of the row that it deleted. */
export interface ConnectionGone {
  type: 'ConnectionGone';
  detail: { connectionId: string; room: string; userId: string; username: string };
}

export type ChatEvent =
  | MessageSent
  | MessageChanged
  | BroadcastSent
  | MemberChanged
  | RoomNotice
  | ConnectionGone;

/** @param shards the number of index keys of the entry's room. */
export function createMessageSent(entry: Entry, shards: number): MessageSent {
  const { room, seq, messageId, ts } = entry;
  return {
    type: 'MessageSent',
    detail: {
      room,
      seq,
      messageId,
      acceptedAt: ts,
      audience: audienceKeys(room, shards),
      frames: toMessageFrames(entry),
    },
  };
}

/** @param entry an entry of kind `deleted` or `edited`, with its text. */
export function createMessageChanged(entry: Entry, shards: number): MessageChanged {
  const { room, seq, messageId, ts } = entry;
  return {
    type: entry.kind === 'edited' ? 'MessageEdited' : 'MessageDeleted',
    detail: {
      room,
      seq,
      messageId,
      target: entry.target as number,
      acceptedAt: ts,
      audience: audienceKeys(room, shards),
      frames: { 'roomcast.v1': toMessageFrames(entry)['roomcast.v1'] },
    },
  };
}

export function createBroadcastSent(broadcast: Broadcast): BroadcastSent {
  const { messageId, ts } = broadcast;
  return {
    type: 'BroadcastSent',
    detail: {
      messageId,
      acceptedAt: ts,
      audience: audienceKeys(EVERYONE, EVERYONE_SHARDS),
      frames: toBroadcastFrames(broadcast),
    },
  };
}

export function createMemberJoined(
  room: RoomRef,
  user: User,
  memberCount: number,
  now: number,
): MemberChanged {
  return createMemberChanged('MemberJoined', 'memberJoined', room, user, memberCount, now);
}

export function createMemberLeft(room: RoomRef, user: User, memberCount: number, now: number): MemberChanged {
  return createMemberChanged('MemberLeft', 'memberLeft', room, user, memberCount, now);
}

export function createMemberRenamed(
  { room, shards }: RoomRef,
  { userId, username }: User,
  previousName: string,
  now: number,
): MemberChanged {
  const member = { userId, username };
  const ts = formatTimestamp(now);
  const push: Push<'memberRenamed'> = { type: 'memberRenamed', room, member, previousName, ts };
  const frames = { 'roomcast.v1': serializePush(push) };
  return {
    type: 'MemberRenamed',
    detail: { room, acceptedAt: now, audience: audienceKeys(room, shards), frames },
  };
}

function createMemberChanged(
  type: 'MemberJoined' | 'MemberLeft',
  pushType: 'memberJoined' | 'memberLeft',
  { room, shards }: RoomRef,
  { userId, username }: User,
  memberCount: number,
  now: number,
): MemberChanged {
  const frame = toMemberFrame(pushType, room, { userId, username }, memberCount, now);
  return {
    type,
    detail: { room, acceptedAt: now, audience: audienceKeys(room, shards), frames: { 'roomcast.v1': frame } },
  };
}

/** @param room the room with its new settings. */
export function createRoomChanged(room: Room, { userId, username }: User, now: number): RoomNotice {
  const push: Push<'roomChanged'> = {
    type: 'roomChanged',
    room: room.room,
    ...toRoomSettings(room),
    by: { userId, username },
    ts: formatTimestamp(now),
  };
  return createRoomNotice('RoomChanged', room, push, now);
}

export function createRoleChanged(
  room: RoomRef,
  target: string,
  role: Role,
  { userId, username }: User,
  now: number,
): RoomNotice {
  const by = { userId, username };
  const ts = formatTimestamp(now);
  const push: Push<'roleChanged'> = { type: 'roleChanged', room: room.room, userId: target, role, by, ts };
  return createRoomNotice('RoleChanged', room, push, now);
}

function createRoomNotice(
  type: RoomNotice['type'],
  { room, shards }: RoomRef,
  push: Push<'roomChanged' | 'roleChanged'>,
  now: number,
): RoomNotice {
  const frames = { 'roomcast.v1': serializePush(push) };
  return { type, detail: { room, acceptedAt: now, audience: audienceKeys(room, shards), frames } };
}
