import { messageFrames } from './protocol/frames';
import { audienceOf } from './rooms';
import type { Entry, Protocol } from './types';

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

/** A connection turned out to be gone without `$disconnect` having said so. Put by the fan-out workflow. */
export interface ConnectionGone {
  type: 'ConnectionGone';
  detail: { connectionId: string };
}

export type ChatEvent = MessageSent | ConnectionGone;

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
