import * as z from 'zod/mini';
import { ProblemError } from './problems';
import { isRoomName } from './rooms';
import { isWellFormed } from './text';
import type { Entry, Protocol } from './types';

/** A parsed inbound frame: its fields unchecked but for being an object's own. */
export type Frame = Readonly<Record<string, unknown>>;

const room = z.string().check(z.refine(isRoomName, 'a room is "lobby" or nine digits'));
const requestId = z.string().check(z.maxLength(64), z.refine(isWellFormed, 'an id is valid Unicode'));

const sendV1 = z.object({
  id: z.optional(requestId),
  room,
  text: z.string('text must be a string'),
  clientMsgId: z.optional(z.uuid('clientMsgId must be a UUID')),
});

// The tutorials spell the field in three ways; the first that is there counts.
const sendPlain = z.pipe(
  z.object({
    id: z.optional(requestId),
    message: z.optional(z.unknown()),
    Message: z.optional(z.unknown()),
    text: z.optional(z.unknown()),
  }),
  z.transform(({ id, message, Message, text }) => ({ id, text: message ?? Message ?? text })),
);
const plainText = z.string('message must be a string');

/** A request to store and deliver a message. `room` is absent where the connection's own room is meant. */
export interface SendRequest {
  id?: string;
  room?: string;
  text: string;
  clientMsgId?: string;
}

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

/**
 * Reads a `sendmessage` frame as the connection's protocol spells it. Fields it does not know pass unread.
 *
 * @throws ProblemError `invalid-frame`, saying which field is wrong and why, never quoting its value.
 */
export function parseSend(protocol: Protocol, frame: Frame): SendRequest {
  if (protocol === 'roomcast.v1') return check(sendV1, frame);
  const { id, text } = check(sendPlain, frame);
  if (text === undefined) throw new ProblemError('invalid-frame', 'The frame has no message.');
  return { ...(id === undefined ? {} : { id }), text: check(plainText, text) };
}

/** The `id` that the reply to this body carries: if it has one that is valid, whatever else is wrong with it. */
export function requestIdOf(body: string | undefined): string | undefined {
  try {
    return requestId.safeParse(parseFrame(body).id).data;
  } catch {
    return undefined;
  }
}

function check<T extends z.ZodMiniType>(schema: T, value: unknown): z.output<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = issue?.path.join('.');
  throw new ProblemError('invalid-frame', `${field ? `${field}: ` : ''}${issue?.message ?? 'not valid'}.`);
}

/** The `ack` of a stored message. `duplicate` tells that this `clientMsgId` had been stored before. */
export function ackFrame(entry: Entry, duplicate: boolean, id: string | undefined): string {
  return frame({
    type: 'ack',
    id,
    room: entry.room,
    seq: entry.seq,
    messageId: entry.messageId,
    clientMsgId: entry.clientMsgId,
    ts: timestamp(entry.ts),
    duplicate,
  });
}

/** A stored message as its receivers get it, by protocol. Plain connections get the bare text. */
export function messageFrames(entry: Entry): Record<Protocol, string> {
  const { room, epoch, seq, kind, messageId, clientMsgId, from, text } = entry;
  const push = {
    type: 'message',
    room,
    epoch,
    seq,
    kind,
    messageId,
    clientMsgId,
    from,
    text,
    ts: timestamp(entry.ts),
  };
  return { plain: text, 'roomcast.v1': frame(push) };
}

/** The `error` frame of a problem, as a reply if the request had an `id`, else as a push. */
export function errorFrame(problem: ProblemError, id: string | undefined): string {
  return frame({ type: 'error', id, problem: problem.toProblem() });
}

/** Members that are undefined are left out, as JSON does. */
function frame(fields: Record<string, unknown>): string {
  return JSON.stringify(fields);
}

/** RFC 3339 in UTC with milliseconds. */
export function timestamp(ms: number): string {
  return new Date(ms).toISOString();
}
