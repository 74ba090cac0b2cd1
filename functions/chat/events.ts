import { broadcastFrames, memberFrame, messageFrames } from './protocol/frames';
import { audienceOf, EVERYONE, EVERYONE_SHARDS } from './rooms';
import type { Broadcast, Entry, Protocol, Room, User } from './types';

/** The `source` of every event the chat puts on its bus. */
export const EVENT_SOURCE = 'roomcast';

/**
 * A message is stored and to be delivered. The detail carries finished frames, one per protocol, and the index keys
 * of those who get them, so that nothing past the bus knows a rule of the chat.
 */
export interface MessageSent {
  type: 'MessageSent';
  detail: {
    room: string;
    seq: number;
    messageId: string;
    /** Epoch milliseconds at which the message was accepted; latencies are measured from it. */
    acceptedAt: number;
    audience: string[];
    frames: Record<Protocol, string>;
  };
}

/** A text is to be delivered to everyone who is connected, whatever rooms they are in. */
export interface BroadcastSent {
  type: 'BroadcastSent';
  detail: {
    messageId: string;
    acceptedAt: number;
    audience: string[];
    frames: Record<Protocol, string>;
  };
}

/** A user has come into a room or left it. Plain connections are not told. */
export interface MemberChanged {
  type: 'MemberJoined' | 'MemberLeft';
  detail: {
    room: string;
    acceptedAt: number;
    audience: string[];
    frames: Pick<Record<Protocol, string>, 'roomcast.v1'>;
  };
}

/**
 * A connection turned out to be gone without `$disconnect` having said so. Put by the fan-out workflow, with what the
 * row held that it met and deleted.
 */
export interface ConnectionGone {
  type: 'ConnectionGone';
  detail: { connectionId: string; room: string; userId: string; username: string };
}

export type ChatEvent = MessageSent | BroadcastSent | MemberChanged | ConnectionGone;

/** The event that delivers `entry` to a room spread over `shards` index keys. */
export function messageSent(entry: Entry, shards: number): MessageSent {
  const { room, seq, messageId, ts } = entry;
  return {
    type: 'MessageSent',
    detail: {
      room,
      seq,
      messageId,
      acceptedAt: ts,
      audience: audienceOf(room, shards),
      frames: messageFrames(entry),
    },
  };
}

/** The event that delivers a broadcast: every connection has one record row, so each gets it once. */
export function broadcastSent(broadcast: Broadcast): BroadcastSent {
  const { messageId, ts } = broadcast;
  return {
    type: 'BroadcastSent',
    detail: {
      messageId,
      acceptedAt: ts,
      audience: audienceOf(EVERYONE, EVERYONE_SHARDS),
      frames: broadcastFrames(broadcast),
    },
  };
}

type Place = Pick<Room, 'room' | 'shards'>;

export function memberJoined(place: Place, user: User, memberCount: number, now: number): MemberChanged {
  return memberChanged('MemberJoined', 'memberJoined', place, user, memberCount, now);
}

export function memberLeft(place: Place, user: User, memberCount: number, now: number): MemberChanged {
  return memberChanged('MemberLeft', 'memberLeft', place, user, memberCount, now);
}

function memberChanged(
  type: MemberChanged['type'],
  push: 'memberJoined' | 'memberLeft',
  { room, shards }: Place,
  { userId, username }: User,
  memberCount: number,
  now: number,
): MemberChanged {
  const frame = memberFrame(push, room, { userId, username }, memberCount, now);
  return {
    type,
    detail: { room, acceptedAt: now, audience: audienceOf(room, shards), frames: { 'roomcast.v1': frame } },
  };
}
