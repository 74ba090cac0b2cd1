import * as z from 'zod/mini';

/**
 * Defines all frames that the server sends to `roomcast.v1` connections. Types and documentation are generated from these
 * schemas. Functions import only the types, so that the schemas are not bundled.
 */

const user = z.object({ userId: z.string(), username: z.string() });
const timestamp = z.iso.datetime({ precision: 3 });
const seq = z.int();
const id = z.optional(z.string());

export const entry = z.object({
  seq,
  kind: z.enum(['message', 'deleted', 'edited', 'reacted', 'void']),
  messageId: z.string(),
  clientMsgId: z.optional(z.uuid()),
  target: z.optional(seq),
  replyTo: z.optional(seq),
  from: user,
  previousName: z.optional(z.string()),
  text: z.string(),
  ts: timestamp,
  edited: z.optional(z.boolean()),
  reactions: z.optional(z.array(z.object({ emoji: z.string(), count: z.int() }))),
  byUser: z.optional(z.record(z.string(), z.array(z.string()))),
});

const role = z.enum(['owner', 'moderator', 'member', 'reader']);

const roomSettings = {
  name: z.optional(z.string()),
  topic: z.optional(z.string()),
  slowModeSeconds: z.optional(z.int()),
  writers: z.optional(z.enum(['everyone', 'signedIn'])),
  writeAfterSeconds: z.optional(z.int()),
};

const joinedRoom = {
  room: z.string(),
  ...roomSettings,
  kind: z.optional(z.enum(['open', 'invite', 'direct'])),
  epoch: z.string(),
  headSeq: seq,
  memberCount: z.int(),
  you: user,
  role: z.optional(role),
  blocked: z.optional(z.boolean()),
  following: z.optional(z.boolean()),
  read: z.optional(seq),
  recovered: z.boolean(),
  messages: z.array(entry),
  more: z.boolean(),
};

export const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  temporary: z.boolean(),
  retryAfterMs: z.optional(z.int()),
});

const member = z.object({
  userId: z.string(),
  username: z.string(),
  joinedAt: timestamp,
  role: z.optional(role),
});

const listedInvite = z.object({
  inviteId: z.string(),
  by: user,
  role,
  usesLeft: z.int(),
  expiresAt: timestamp,
});

const ban = z.object({
  userId: z.string(),
  username: z.optional(z.string()),
  until: z.optional(timestamp),
});

/** Replies contain the `id` of their request. */
export const replies = {
  created: z.object({ type: z.literal('created'), id, ...joinedRoom }),
  joined: z.object({ type: z.literal('joined'), id, ...joinedRoom }),
  left: z.object({ type: z.literal('left'), id, room: z.string() }),
  ack: z.object({
    type: z.literal('ack'),
    id,
    room: z.string(),
    seq,
    messageId: z.string(),
    clientMsgId: z.optional(z.uuid()),
    ts: timestamp,
    duplicate: z.boolean(),
  }),
  history: z.object({
    type: z.literal('history'),
    id,
    room: z.string(),
    epoch: z.string(),
    messages: z.array(entry),
    more: z.boolean(),
  }),
  members: z.object({
    type: z.literal('members'),
    id,
    room: z.string(),
    memberCount: z.int(),
    members: z.array(member),
    cursor: z.optional(z.string()),
    bans: z.optional(z.array(ban)),
    read: z.optional(z.record(z.string(), seq)),
  }),
  pong: z.object({
    type: z.literal('pong'),
    id,
    ts: timestamp,
    you: user,
    limits: z.object({
      textBytes: z.int(),
      ratePerSecond: z.number(),
      burst: z.int(),
      page: z.int(),
      typing: z.optional(z.object({ members: z.int(), seconds: z.int() })),
      read: z.optional(z.object({ members: z.int(), seconds: z.int() })),
    }),
    rooms: z.record(z.string(), seq),
    webPushKey: z.optional(z.string()),
    tokenExpiresAt: z.optional(timestamp),
  }),
  invited: z.object({
    type: z.literal('invited'),
    id,
    room: z.string(),
    inviteId: z.string(),
    invite: z.string(),
    role,
    uses: z.int(),
    expiresAt: timestamp,
  }),
  invites: z.object({ type: z.literal('invites'), id, room: z.string(), invites: z.array(listedInvite) }),
  inviteRevoked: z.object({ type: z.literal('inviteRevoked'), id, room: z.string(), inviteId: z.string() }),
  kicked: z.object({ type: z.literal('kicked'), id, room: z.string(), userId: z.string() }),
  banned: z.object({
    type: z.literal('banned'),
    id,
    room: z.string(),
    userId: z.string(),
    until: z.optional(timestamp),
    addressUntil: z.optional(timestamp),
  }),
  unbanned: z.object({ type: z.literal('unbanned'), id, room: z.string(), userId: z.string() }),
  roleSet: z.object({ type: z.literal('roleSet'), id, room: z.string(), userId: z.string(), role }),
  roomSet: z.object({ type: z.literal('roomSet'), id, room: z.string(), ...roomSettings }),
  blocked: z.object({ type: z.literal('blocked'), id, room: z.string() }),
  unblocked: z.object({ type: z.literal('unblocked'), id, room: z.string() }),
  marked: z.object({ type: z.literal('marked'), id, room: z.string(), seq }),
  reacted: z.object({
    type: z.literal('reacted'),
    id,
    room: z.string(),
    seq,
    emojis: z.array(z.string()),
  }),
  followed: z.object({ type: z.literal('followed'), id, room: z.string(), on: z.boolean() }),
  tokenRefreshed: z.object({ type: z.literal('tokenRefreshed'), id, tokenExpiresAt: timestamp }),
  error: z.object({ type: z.literal('error'), id, problem }),
} as const;

/** Pushes contain no `id`. */
export const pushes = {
  message: z.object({ type: z.literal('message'), room: z.string(), epoch: z.string(), ...entry.shape }),
  memberJoined: z.object({
    type: z.literal('memberJoined'),
    room: z.string(),
    member: user,
    memberCount: z.int(),
    ts: timestamp,
  }),
  memberLeft: z.object({
    type: z.literal('memberLeft'),
    room: z.string(),
    member: user,
    memberCount: z.int(),
    ts: timestamp,
  }),
  removed: z.object({
    type: z.literal('removed'),
    room: z.string(),
    reason: z.enum(['kicked', 'banned']),
    until: z.optional(timestamp),
    ts: timestamp,
  }),
  roleChanged: z.object({
    type: z.literal('roleChanged'),
    room: z.string(),
    userId: z.string(),
    role,
    by: user,
    ts: timestamp,
  }),
  roomChanged: z.object({
    type: z.literal('roomChanged'),
    room: z.string(),
    ...roomSettings,
    by: user,
    ts: timestamp,
  }),
  memberRenamed: z.object({
    type: z.literal('memberRenamed'),
    room: z.string(),
    member: user,
    previousName: z.string(),
    ts: timestamp,
  }),
  typing: z.object({ type: z.literal('typing'), room: z.string(), member: user, ts: timestamp }),
  read: z.object({
    type: z.literal('read'),
    room: z.string(),
    epoch: z.string(),
    positions: z.record(z.string(), seq),
  }),
  directMessage: z.object({
    type: z.literal('directMessage'),
    room: z.string(),
    name: z.optional(z.string()),
    from: user,
    ts: timestamp,
  }),
  broadcast: z.object({
    type: z.literal('broadcast'),
    messageId: z.string(),
    text: z.string(),
    ts: timestamp,
  }),
} as const;

type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never;

/** A reply without its `id`, which the handler wrapper adds. */
export type Reply<T extends keyof typeof replies> = WithoutId<z.output<(typeof replies)[T]>>;
export type Push<T extends keyof typeof pushes> = z.output<(typeof pushes)[T]>;
export type EntryFrame = z.output<typeof entry>;
