import type { RoomSettings } from '../rooms/ports';
import type { Broadcast, Entry } from '../types';
import { ProblemError } from './problems';
import type { EntryFrame, Push, pushes, Reply, replies } from './replies';
import { type Frame, requests } from './requests';

/**
 * Parses the body of a frame.
 *
 * @throws ProblemError `invalid-frame` if it is not a JSON object.
 */
export function parseFrame(body: string | undefined): Frame {
  let value: unknown;
  try {
    value = JSON.parse(body ?? '');
  } catch {
    throw new ProblemError('invalid-frame', 'The frame must be JSON.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ProblemError('invalid-frame', 'The frame must be a JSON object.');
  }
  return value as Frame;
}

/** Returns the `id` to echo in the reply, or undefined if the frame has no valid one. Ignores all other fields. */
export function readRequestId(frame: Frame | undefined): string | undefined {
  return requests.ping.safeParse({ id: frame?.id }).data?.id;
}

/** Serializes a reply, with the `id` of its request. */
export function serializeReply<T extends keyof typeof replies>(
  reply: Reply<T>,
  id: string | undefined,
): string {
  const { type, ...fields } = reply;
  return JSON.stringify({ type, id, ...fields });
}

export function serializePush(push: Push<keyof typeof pushes>): string {
  return JSON.stringify(push);
}

/** Returns the settings of a room that moderators can change, without those that it does not have. */
export function toRoomSettings({ name, topic, slowModeSeconds }: RoomSettings) {
  return {
    ...(name === undefined ? {} : { name }),
    ...(topic === undefined ? {} : { topic }),
    ...(slowModeSeconds === undefined ? {} : { slowModeSeconds }),
  };
}

export function toEntryFrame(entry: Entry): EntryFrame {
  const { seq, kind, messageId, clientMsgId, target, from, text, ts, changeSeq } = entry;
  return {
    seq,
    kind,
    messageId,
    ...(clientMsgId === undefined ? {} : { clientMsgId }),
    ...(target === undefined ? {} : { target }),
    from,
    text,
    ts: formatTimestamp(ts),
    ...(kind === 'message' && changeSeq !== undefined ? { edited: true } : {}),
  };
}

/** @param duplicate whether the entry was stored by an earlier request. */
export function toAck({ room, seq, messageId, clientMsgId, ts }: Entry, duplicate: boolean): Reply<'ack'> {
  return { type: 'ack', room, seq, messageId, clientMsgId, ts: formatTimestamp(ts), duplicate };
}

export function toMessagePush(entry: Entry): Push<'message'> {
  return { type: 'message', room: entry.room, epoch: entry.epoch, ...toEntryFrame(entry) };
}

export function toBroadcastPush({ messageId, text, ts }: Broadcast): Push<'broadcast'> {
  return { type: 'broadcast', messageId, text, ts: formatTimestamp(ts) };
}

/** Formats a time as RFC 3339 in UTC with milliseconds. */
export function formatTimestamp(ms: number): string {
  return new Date(ms).toISOString();
}
