import * as z from 'zod/mini';
import { ProblemError } from '../problems';
import { isRoomName } from '../rooms';
import { isRoomTitle, isUsername, isWellFormed } from '../text';
import type { Protocol } from '../types';

/**
 * Every frame a client may send: the one definition from which its type, its validation and its documentation come.
 * Fields that are not named here pass unread. The messages reach the client, so none quotes a value.
 */

/** A JSON object as it came in; its fields are unchecked. */
export type Frame = Readonly<Record<string, unknown>>;

const requestId = z
  .string('must be a string')
  .check(z.maxLength(64, 'must be at most 64 characters'), z.refine(isWellFormed, 'must be valid Unicode'));
const room = z.string('must be a string').check(z.refine(isRoomName, 'must be "lobby" or nine digits'));
const username = z.pipe(
  z.pipe(
    z.string('must be a string'),
    z.transform((name) => name.trim()),
  ),
  z.string().check(z.refine(isUsername, 'must be 1 to 32 printable characters')),
);
const seq = z.int('must be a whole number').check(z.nonnegative('must not be negative'));
const text = z.string('must be a string');

const id = z.optional(requestId);

/** By action, as `roomcast.v1` spells them. */
export const requests = {
  createRoom: z.object({
    id,
    name: z.optional(
      z.string('must be a string').check(z.refine(isRoomTitle, 'must be 1 to 64 printable characters')),
    ),
    username: z.optional(username),
  }),
  joinRoom: z.object({
    id,
    room,
    username: z.optional(username),
    resume: z.optional(
      z.object({ epoch: z.string('must be a string').check(z.maxLength(64)), lastSeq: seq }),
    ),
  }),
  leaveRoom: z.object({ id, room }),
  sendmessage: z.object({
    id,
    room,
    text,
    clientMsgId: z.optional(z.uuid('must be a UUID')),
  }),
  history: z
    .object({
      id,
      room,
      after: z.optional(seq),
      before: z.optional(seq),
      limit: z.optional(
        z
          .int('must be a whole number')
          .check(z.minimum(1, 'must be 1 to 100'), z.maximum(100, 'must be 1 to 100')),
      ),
    })
    .check(
      z.refine(
        ({ after, before }) => after === undefined || before === undefined,
        'after and before exclude each other',
      ),
    ),
  members: z.object({
    id,
    room,
    cursor: z.optional(z.string('must be a string').check(z.maxLength(256, 'is too long'))),
  }),
  ping: z.object({ id }),
} as const;

export type Action = keyof typeof requests;
export type Request<A extends Action> = z.output<(typeof requests)[A]>;

/**
 * Reads a frame as the connection's protocol spells it. A plain frame may leave out `room` where `roomcast.v1` needs
 * it: `home`, the room the connection is in, is meant then.
 *
 * @throws ProblemError `invalid-frame`, saying which field is wrong and why.
 */
export function parseRequest<A extends Action>(
  action: A,
  protocol: Protocol,
  frame: Frame,
  home?: string,
): Request<A> {
  const spelled = protocol === 'plain' ? fromPlain(action, frame, home) : frame;
  const parsed = requests[action].safeParse(spelled);
  if (parsed.success) return parsed.data as Request<A>;
  const [issue] = parsed.error.issues;
  const field = issue?.path.join('.');
  throw new ProblemError('invalid-frame', `${field ? `${field} ` : ''}${issue?.message ?? 'is not valid'}.`);
}

/** A plain connection speaks in the room it is in, and the tutorials spell its text in three ways. */
function fromPlain(action: Action, frame: Frame, home: string | undefined): Frame {
  if (action === 'sendmessage') {
    const { id, message, Message, text } = frame;
    return { id, room: home, text: message ?? Message ?? text };
  }
  if (action === 'joinRoom') return frame;
  return frame.room === undefined ? { ...frame, room: home } : frame;
}
