import * as z from 'zod/mini';
import { ProblemError } from './problems';
import { isOneDirection, requests } from './requests';

/**
 * Defines the operations of the server API. A request is one object with the values of the path, the query string and the
 * body. Its fields, limits and error messages are the same as in `roomcast.v1`.
 */

const { name, username } = requests.createRoom.shape;
const { topic, slowModeSeconds } = requests.setRoom.shape;
const { userId } = requests.kick.shape;

/** Users whose data can be exported and erased: guests and users with a token, but not the system. */
const person = z
  .string('must be a string')
  .check(z.regex(/^[gu]-[A-Za-z0-9_-]{1,64}$/, 'must be the userId of a guest or of a user with a token'));
const cursor = z.optional(
  z.string('must be a string').check(z.regex(/^[A-Za-z0-9_-]{22}$/, 'must be the cursor of a reply')),
);

function withoutId<T extends z.core.$ZodShape & { id: z.core.$ZodType }>(schema: z.ZodMiniObject<T>) {
  const { id: _, ...fields } = schema.shape;
  return z.object(fields as Omit<T, 'id'>);
}

export const serverRequests = {
  createRoom: z.object({
    name,
    topic,
    slowModeSeconds,
    kind: z.optional(z.enum(['open', 'invite'], 'must be open or invite')),
    owner: z.optional(userId),
  }),
  configureRoom: withoutId(requests.setRoom),
  sendMessage: z.object({ ...withoutId(requests.sendmessage).shape, username }),
  readHistory: withoutId(requests.history).check(isOneDirection),
  listMembers: withoutId(requests.members),
  kickUser: withoutId(requests.kick),
  banUser: withoutId(requests.ban),
  unbanUser: withoutId(requests.unban),
  createInvite: withoutId(requests.invite),
  listInvites: withoutId(requests.invites),
  revokeInvite: withoutId(requests.revokeInvite),
  deleteMessage: withoutId(requests.deleteMessage),
  react: withoutId(requests.react),
  disconnectUser: z.object({ userId }),
  removeDevice: z.object({
    userId: person,
    deviceId: z
      .string('must be a string')
      .check(z.regex(/^[A-Za-z0-9_-]{43}$/, 'must be the deviceId of a device')),
  }),
  exportUser: z.object({ userId: person, cursor }),
  eraseUser: z.object({ userId: person, cursor }),
} as const;

export type ServerOperation = keyof typeof serverRequests;
export type ServerRequest<O extends ServerOperation> = z.output<(typeof serverRequests)[O]>;

/** The route key of each operation in the HTTP API. */
export const serverRoutes: Readonly<Record<ServerOperation, string>> = {
  createRoom: 'POST /v1/rooms',
  configureRoom: 'PATCH /v1/rooms/{room}',
  sendMessage: 'POST /v1/rooms/{room}/messages',
  readHistory: 'GET /v1/rooms/{room}/messages',
  listMembers: 'GET /v1/rooms/{room}/members',
  kickUser: 'POST /v1/rooms/{room}/kick',
  banUser: 'POST /v1/rooms/{room}/ban',
  unbanUser: 'POST /v1/rooms/{room}/unban',
  createInvite: 'POST /v1/rooms/{room}/invites',
  listInvites: 'GET /v1/rooms/{room}/invites',
  revokeInvite: 'DELETE /v1/rooms/{room}/invites/{inviteId}',
  deleteMessage: 'DELETE /v1/rooms/{room}/messages/{seq}',
  react: 'POST /v1/rooms/{room}/messages/{seq}/reactions',
  disconnectUser: 'DELETE /v1/users/{userId}/connections',
  removeDevice: 'DELETE /v1/users/{userId}/devices/{deviceId}',
  exportUser: 'GET /v1/users/{userId}/data',
  eraseUser: 'DELETE /v1/users/{userId}/data',
};

/** The parameters of paths and query strings that are integers. */
const INTEGERS = ['after', 'before', 'limit', 'seq'];

/** The parts of an HTTP request that carry the fields of a server request. */
export interface HttpInput {
  path: Readonly<Record<string, string | undefined>>;
  query: Readonly<Record<string, string | undefined>>;
  body: Uint8Array | undefined;
}

/**
 * Validates a request of the server API. The path takes precedence over the query string and the body.
 *
 * @throws ProblemError `invalid-frame`, with the name of the invalid field and the reason.
 */
export function parseServerRequest<O extends ServerOperation>(
  operation: O,
  { path, query, body }: HttpInput,
): ServerRequest<O> {
  const parsed = serverRequests[operation].safeParse({
    ...parseBody(body),
    ...parseParameters({ ...query, ...path }),
  });
  if (parsed.success) return parsed.data as ServerRequest<O>;
  const [issue] = parsed.error.issues;
  const field = issue?.path.join('.');
  throw new ProblemError('invalid-frame', `${field ? `${field} ` : ''}${issue?.message ?? 'is not valid'}.`);
}

function parseParameters(parameters: HttpInput['query']): Record<string, unknown> {
  const toValue = (name: string, value = '') =>
    INTEGERS.includes(name) && /^\d{1,15}$/.test(value) ? Number(value) : value;
  return Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, toValue(name, value)]));
}

function parseBody(body: Uint8Array | undefined): object {
  if (body === undefined || body.length === 0) return {};
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    throw new ProblemError('invalid-frame', 'The body must be JSON in UTF-8.');
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new ProblemError('invalid-frame', 'The body must be a JSON object.');
}
