import { ProblemError } from '../problems';
import type { Broadcast, Entry, Protocol, User } from '../types';
import type { EntryFrame, Push, Reply, replies } from './replies';
import { type Frame, requests } from './requests';

/**
 * Parses a frame's body.
 *
 * @throws ProblemError `invalid-frame` if it is not a JSON object.
 */
export function parseFrame(body: string | undefined): Frame {
  let value: unknown;
  try {
    value = JSON.parse(body ?? '');
  } catch {
    throw new ProblemError('invalid-frame', 'The frame is not JSON.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ProblemError('invalid-frame', 'The frame is not a JSON object.');
  }
  return value as Frame;
}

/** The `id` that the reply to this body carries: if it has one that is valid, whatever else is wrong with it. */
export function requestIdOf(body: string | undefined): string | undefined {
  try {
    return requests.ping.safeParse({ id: parseFrame(body).id }).data?.id;
  } catch {
    return undefined;
  }
}

/** A reply's bytes: with the request's `id`, if it had one. */
export function replyFrame<T extends keyof typeof replies>(reply: Reply<T>, id: string | undefined): string {
  const { type, ...fields } = reply;
  return JSON.stringify({ type, id, ...fields });
}

/** An entry as its room's members see it. */
export function entryFrame({ seq, kind, messageId, clientMsgId, from, text, ts }: Entry): EntryFrame {
  return {
    seq,
    kind,
    messageId,
    ...(clientMsgId === undefined ? {} : { clientMsgId }),
    from,
    text,
    ts: timestamp(ts),
  };
}

/** A stored message as its receivers get it, by protocol. Plain connections get the bare text. */
export function messageFrames(entry: Entry): Record<Protocol, string> {
  const push: Push<'message'> = {
    type: 'message',
    room: entry.room,
    epoch: entry.epoch,
    ...entryFrame(entry),
  };
  return { plain: entry.text, 'roomcast.v1': JSON.stringify(push) };
}

/** A broadcast as everyone gets it, by protocol. Plain connections get the bare text. */
export function broadcastFrames({ messageId, text, ts }: Broadcast): Record<Protocol, string> {
  const push: Push<'broadcast'> = { type: 'broadcast', messageId, text, ts: timestamp(ts) };
  return { plain: text, 'roomcast.v1': JSON.stringify(push) };
}

/** The push that tells a room who came or left. */
export function memberFrame(
  type: 'memberJoined' | 'memberLeft',
  room: string,
  member: User,
  memberCount: number,
  now: number,
): string {
  const push: Push<typeof type> = { type, room, member, memberCount, ts: timestamp(now) };
  return JSON.stringify(push);
}

/** RFC 3339 in UTC with milliseconds. */
export function timestamp(ms: number): string {
  return new Date(ms).toISOString();
}
