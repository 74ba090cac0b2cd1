import * as z from 'zod/mini';
import { isRoomName } from '../rooms/room-keys';
import type { Protocol } from '../types';
import { isEmoji, isWellFormed } from './message-text';
import { isRoomTitle, isRoomTopic, isUsername, normalizeName } from './names';
import { ProblemError } from './problems';
import { isPushEndpoint } from './push-endpoint';

/**
 * Defines all frames that clients send. Types, validation and documentation are generated from these schemas. Unknown fields
 * are ignored. Error messages never quote a value, because they are sent to clients.
 */

/** A parsed frame whose fields are not validated yet. */
export type Frame = Readonly<Record<string, unknown>>;

const requestId = z
  .string('must be a string')
  .check(z.maxLength(64, 'must be at most 64 characters'), z.refine(isWellFormed, 'must be valid Unicode'));
const room = z
  .string('must be a string')
  .check(z.refine(isRoomName, 'must be "lobby" or a nine-digit number'));
const username = z.pipe(
  z.pipe(z.string('must be a string'), z.transform(normalizeName)),
  z.string().check(z.refine(isUsername, 'must be 1 to 32 printable characters')),
);
const seq = z.int('must be an integer').check(z.nonnegative('must be 0 or greater'));
const roomName = z
  .string('must be a string')
  .check(z.refine(isRoomTitle, 'must be 1 to 64 printable characters'));
const text = z.string('must be a string');
const emoji = z.string('must be a string').check(z.refine(isEmoji, 'must be one emoji'));
const userId = z
  .string('must be a string')
  .check(z.regex(/^[a-z]-[A-Za-z0-9_-]{1,64}$/, 'must be the userId of a user'));
const role = z.enum(['owner', 'moderator', 'member', 'reader'], 'must be owner, moderator, member or reader');

/** A push subscription, as browsers return it. Other fields are ignored. */
const device = z.object(
  {
    endpoint: z
      .string('must be a string')
      .check(z.refine(isPushEndpoint, 'must be an https URL of at most 1,024 characters')),
    keys: z.object(
      {
        p256dh: z
          .string('must be a string')
          .check(z.regex(/^[A-Za-z0-9_-]{87}$/, 'must be 65 bytes in base64url')),
        auth: z
          .string('must be a string')
          .check(z.regex(/^[A-Za-z0-9_-]{22}$/, 'must be 16 bytes in base64url')),
      },
      'must be an object',
    ),
  },
  'must be an object',
);

function integerBetween(minimum: number, maximum: number) {
  const range = `must be between ${minimum} and ${maximum}`;
  return z.int('must be an integer').check(z.minimum(minimum, range), z.maximum(maximum, range));
}

const id = z.optional(requestId);

/** Rejects a history request that sets both `after` and `before`. */
export const isOneDirection = z.refine<{ after?: number | undefined; before?: number | undefined }>(
  ({ after, before }) => after === undefined || before === undefined,
  'after and before cannot be used together',
);

/** The requests of `roomcast.v1`, by action. */
export const requests = {
  createRoom: z
    .object({
      id,
      name: z.optional(roomName),
      username: z.optional(username),
      kind: z.optional(z.enum(['open', 'invite', 'direct'], 'must be open, invite or direct')),
      with: z.optional(userId),
    })
    .check(
      z.refine(
        ({ kind, with: other }) => (kind === 'direct') === (other !== undefined),
        'with is required for direct rooms and not allowed for others',
      ),
    ),
  joinRoom: z.object({
    id,
    room,
    username: z.optional(username),
    resume: z.optional(
      z.object(
        {
          epoch: z.string('must be a string').check(z.maxLength(64, 'must be at most 64 characters')),
          lastSeq: seq,
        },
        'must be an object',
      ),
    ),
    invite: z.optional(z.string('must be a string').check(z.maxLength(64, 'must be at most 64 characters'))),
  }),
  leaveRoom: z.object({ id, room }),
  sendmessage: z.object({
    id,
    room,
    text,
    clientMsgId: z.optional(z.uuid('must be a UUID')),
    replyTo: z.optional(seq),
  }),
  history: z
    .object({
      id,
      room,
      after: z.optional(seq),
      before: z.optional(seq),
      limit: z.optional(integerBetween(1, 100)),
    })
    .check(isOneDirection),
  members: z.object({
    id,
    room,
    cursor: z.optional(
      z.string('must be a string').check(z.maxLength(256, 'must be at most 256 characters')),
    ),
  }),
  ping: z.object({ id }),
  deleteMessage: z.object({ id, room, seq }),
  editMessage: z.object({ id, room, seq, text }),
  invite: z.object({
    id,
    room,
    uses: z.optional(integerBetween(1, 1000)),
    expiresInSeconds: z.optional(integerBetween(60, 30 * 24 * 3600)),
    role: z.optional(role),
  }),
  invites: z.object({ id, room }),
  revokeInvite: z.object({
    id,
    room,
    inviteId: z
      .string('must be a string')
      .check(z.regex(/^[A-Za-z0-9_-]{43}$/, 'must be the inviteId of an invite')),
  }),
  kick: z.object({ id, room, userId }),
  ban: z.object({
    id,
    room,
    userId,
    seconds: z.optional(integerBetween(1, 366 * 24 * 3600)),
    address: z.optional(z.boolean('must be true or false')),
  }),
  unban: z.object({ id, room, userId }),
  setRole: z.object({ id, room, userId, role }),
  setRoom: z.object({
    id,
    room,
    name: z.optional(roomName),
    topic: z.optional(
      z
        .string('must be a string')
        .check(
          z.refine((topic) => topic === '' || isRoomTopic(topic), 'must be at most 256 printable characters'),
        ),
    ),
    slowModeSeconds: z.optional(integerBetween(0, 6 * 3600)),
    writers: z.optional(z.enum(['everyone', 'signedIn'], 'must be everyone or signedIn')),
    writeAfterSeconds: z.optional(integerBetween(0, 3600)),
  }),
  block: z.object({ id, room }),
  unblock: z.object({ id, room }),
  refreshToken: z.object({ id, token: z.string('must be a string') }),
  typing: z.object({ id, room }),
  markRead: z.object({ id, room, seq }),
  react: z.object({ id, room, seq, emoji, remove: z.optional(z.boolean('must be true or false')) }),
  follow: z.object({ id, room, on: z.boolean('must be true or false'), device: z.optional(device) }),
} as const;

export type Action = keyof typeof requests;
export type Request<A extends Action> = z.output<(typeof requests)[A]>;

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

/** Returns the `id` to echo in the reply, or undefined if the frame has no valid `id`. Ignores all other fields. */
export function readRequestId(frame: Frame | undefined): string | undefined {
  return requests.ping.safeParse({ id: frame?.id }).data?.id;
}

/**
 * Validates a frame against the schema of its action.
 *
 * @param plainRoom the current room of a plain connection, used if the frame names no room.
 * @throws ProblemError `invalid-frame`, with the reason and the client's name for the invalid field.
 */
export function parseRequest<A extends Action>(
  action: A,
  protocol: Protocol,
  frame: Frame,
  plainRoom?: string,
): Request<A> {
  const request = protocol === 'plain' ? fromPlainFrame(action, frame, plainRoom) : frame;
  const parsed = requests[action].safeParse(request);
  if (parsed.success) return parsed.data as Request<A>;
  const [issue] = parsed.error.issues;
  const path = issue?.path.join('.');
  const isPlainText = protocol === 'plain' && action === 'sendmessage' && path === 'text';
  const field = isPlainText ? plainTextField(frame) : path;
  throw new ProblemError('invalid-frame', `${field ? `${field} ` : ''}${issue?.message ?? 'is not valid'}.`);
}

/** Converts a plain frame to the fields of a `roomcast.v1` request. */
function fromPlainFrame(action: Action, frame: Frame, plainRoom: string | undefined): Frame {
  if (action === 'sendmessage') return { id: frame.id, room: plainRoom, text: frame[plainTextField(frame)] };
  if (action === 'joinRoom') return frame;
  return frame.room === undefined ? { ...frame, room: plainRoom } : frame;
}

/** Returns the field that contains the text of a plain frame. The tutorials use three names for this field. */
function plainTextField(frame: Frame): string {
  return ['message', 'Message', 'text'].find((name) => (frame[name] ?? undefined) !== undefined) ?? 'message';
}
