import type * as z from 'zod/mini';
import type { ProblemType } from '../../functions/chat/problems';
import type { entry, pushes, replies } from '../../functions/chat/protocol/replies';
import type { Action, requests } from '../../functions/chat/protocol/requests';
import type { shared } from './shared';

/**
 * What the documents say of each frame and field. It is kept apart from the schemas, which are bundled into functions,
 * and typed after them: a frame or field that nothing is said of does not compile.
 */

/** Objects that have a name, and words, of their own. */
type Named = { [Name in keyof typeof shared]: z.output<(typeof shared)[Name]> }[keyof typeof shared];

/** A field that holds an unnamed object has words for each of that object's fields, too. */
interface Nested<T> {
  about: string;
  fields: Fields<T>;
}

/** Words for an object's fields, by whoever only walks them. */
export type Words = Readonly<Record<string, string | { about: string; fields: Words }>>;

type Field<T> = T extends Named | readonly unknown[] | string | number | boolean
  ? string
  : string extends keyof T
    ? string
    : Nested<T>;

type Fields<T> = { [Name in keyof T]-?: Field<NonNullable<T[Name]>> };

/** `type`, `action` and `id` mean the same in every frame and are described once. */
interface Described<T> {
  summary: string;
  fields: Fields<Omit<T, 'type' | 'id'>>;
}

type AllOf<Schemas extends Record<string, z.ZodMiniType>> = {
  [Name in keyof Schemas]: Described<z.input<Schemas[Name]>>;
};

export const envelope = {
  action: 'Says what is asked for. API Gateway routes on it, so its spelling counts.',
  type: 'Says what the frame is. Ignore frames of a type you do not know.',
  requestId: 'Chosen by the client; the reply carries it too.',
  problemType: 'Which problem it is. Decide by this one, and by `temporary` for types you do not know.',
  replyId: 'The `id` of the request that this answers, if it had one.',
};

/** The reply that ends each action well. An `error` ends it otherwise. */
export const replyTo = {
  createRoom: 'created',
  joinRoom: 'joined',
  leaveRoom: 'left',
  sendmessage: 'ack',
  history: 'history',
  members: 'members',
  ping: 'pong',
} as const satisfies Record<Action, keyof typeof replies>;

const ROOM = 'The room: nine digits, or `lobby`.';
const USERNAME = 'The display name to go by in this room: 1 to 32 printable characters after trimming.';
const EPOCH = "The life of the room's log that these `seq` belong to.";
const MEMBER_COUNT = 'How many users are in the room.';
const TS = 'When.';

export const requestDescriptions: AllOf<typeof requests> = {
  createRoom: {
    summary: 'Creates a room and joins it.',
    fields: { name: 'What the room is called: 1 to 64 printable characters.', username: USERNAME },
  },
  joinRoom: {
    summary: 'Joins a room, or takes up again where a lost connection stopped.',
    fields: {
      room: ROOM,
      username: USERNAME,
      resume: {
        about: 'How far this client had come. Without it, the reply holds no messages.',
        fields: {
          epoch: 'The `epoch` of the reply or push that the client had last.',
          lastSeq: 'The last `seq` up to which the client has applied every entry.',
        },
      },
    },
  },
  leaveRoom: { summary: 'Leaves a room.', fields: { room: ROOM } },
  sendmessage: {
    summary: 'Sends a text to a room that the connection is in.',
    fields: {
      room: ROOM,
      text: 'At most `limits.textBytes` bytes of UTF-8. Not blank; of control characters, only tabs and line breaks.',
      clientMsgId:
        'Chosen anew for each message and kept for each repetition of it, so that a repetition is not a second message.',
    },
  },
  history: {
    summary: "Reads a page of a room's log: the latest, or from where it says.",
    fields: {
      room: ROOM,
      after: 'Entries with a higher `seq`, the oldest of them. Not together with `before`.',
      before: 'Entries with a lower `seq`, the newest of them. Not together with `after`.',
      limit: 'The most entries to return.',
    },
  },
  members: {
    summary: "Lists a room's members, page by page. A moment may pass until who came or left shows.",
    fields: { room: ROOM, cursor: 'The `cursor` of the page before. The first page needs none.' },
  },
  ping: { summary: 'Asks who and where this connection is, and how far its rooms are.', fields: {} },
};

const place = {
  room: ROOM,
  name: 'What its creator called the room.',
  epoch: EPOCH,
  headSeq: "The newest entry's `seq` at that moment; 0 if there is none.",
  memberCount: MEMBER_COUNT,
  you: 'Who this connection is in the room.',
  recovered:
    'True only if every entry after `resume.lastSeq` is here or follows by `history`, in the same epoch.',
  messages: 'The entries after `resume.lastSeq`, oldest first, up to a page.',
  more: 'Whether entries are left between the last of `messages` and `headSeq`.',
};

const entryFields: Fields<z.output<typeof entry>> = {
  seq: "The entry's place in its room's order: 1, 2, 3 and so on, without gaps.",
  kind: 'What the entry is. Advance over entries of a kind you do not know.',
  messageId: 'A ULID.',
  clientMsgId: 'As the sender chose it.',
  from: 'Who sent it.',
  text: 'What was said. It is what somebody wrote: escape it.',
  ts: 'When it was stored. Never earlier than the entry before.',
};

export const replyDescriptions: AllOf<typeof replies> = {
  created: { summary: 'The room exists and the connection is in it.', fields: place },
  joined: { summary: 'The connection is in the room.', fields: place },
  left: { summary: 'The connection is not in the room any more.', fields: { room: ROOM } },
  ack: {
    summary: "The message is stored at its place in the room's order.",
    fields: {
      room: ROOM,
      seq: "The message's place in the room's order.",
      messageId: entryFields.messageId,
      clientMsgId: 'As the request had it.',
      ts: entryFields.ts,
      duplicate:
        'Whether it was stored before, under the same `clientMsgId`; the other fields are those of then.',
    },
  },
  history: {
    summary: "A page of a room's log.",
    fields: {
      room: ROOM,
      epoch: EPOCH,
      messages: 'Entries, oldest first.',
      more: 'Whether there are more in the direction asked for.',
    },
  },
  members: {
    summary: "A page of a room's members.",
    fields: {
      room: ROOM,
      memberCount: MEMBER_COUNT,
      members: 'The members of this page.',
      cursor: 'What to ask the next page with; absent on the last.',
    },
  },
  pong: {
    summary: 'Who and where this connection is, and how far its rooms are.',
    fields: {
      ts: 'The time at the server.',
      you: 'Who this connection is.',
      limits: {
        about: 'What this deployment allows.',
        fields: {
          textBytes: 'The most bytes of UTF-8 in a text.',
          ratePerSecond: 'How many messages a second may be sent for long.',
          burst: 'How many messages may be sent at once after a pause.',
          page: 'The most entries in a page.',
        },
      },
      rooms: "The rooms this connection is in, each with its newest entry's `seq`.",
    },
  },
  error: {
    summary: 'The request was refused, or failed. Without `id`, it answers a frame that had no valid one.',
    fields: { problem: 'What is wrong, in the names of RFC 9457.' },
  },
};

export const pushDescriptions: AllOf<typeof pushes> = {
  message: {
    summary: "A new entry of a room's log. The sender receives its own, too.",
    fields: { room: ROOM, epoch: EPOCH, ...entryFields },
  },
  memberJoined: {
    summary: 'A user has come into the room. Never sent for the lobby.',
    fields: { room: ROOM, member: 'Who came.', memberCount: MEMBER_COUNT, ts: TS },
  },
  memberLeft: {
    summary: 'A user has left the room with its last connection. Never sent for the lobby.',
    fields: { room: ROOM, member: 'Who left.', memberCount: MEMBER_COUNT, ts: TS },
  },
  broadcast: {
    summary: 'A text to everyone who is connected, outside every room. It is not replayed.',
    fields: {
      messageId: entryFields.messageId,
      text: 'What was said. Escape it.',
      ts: 'When it was accepted.',
    },
  },
};

const user = {
  userId: 'The same for every connection with the same guest secret.',
  username: 'A display name. Anyone may choose any: tell users apart by `userId`.',
};

export const sharedDescriptions: AllOf<typeof shared> = {
  User: { summary: 'Who somebody is.', fields: user },
  Member: { summary: 'A user who is in a room.', fields: { ...user, joinedAt: 'Since when.' } },
  Entry: { summary: "An entry of a room's log.", fields: entryFields },
  Problem: {
    summary: 'What is wrong.',
    fields: {
      title: 'What kind of problem it is, in words.',
      status: 'The HTTP status that fits.',
      detail: 'What is wrong with this request, in words for the developer.',
      temporary: 'Whether the same request may succeed later, unchanged.',
      retryAfterMs: 'How many milliseconds to wait before that, at least.',
    },
  },
};

export const problemDescriptions: Record<ProblemType, string> = {
  'invalid-frame':
    'The frame is not one of this protocol: `detail` names the field. Also a `clientMsgId` that was used before with another text.',
  unauthenticated: 'The connection is not known any more. Connect again.',
  forbidden: "Not allowed. At the handshake: the page's origin may not connect.",
  'unknown-room':
    'There is no such room, or this connection is not in it; only `joinRoom` tells a client that a room exists.',
  'rate-limited': 'Too many messages, or too many joins of rooms that do not exist.',
  'room-busy': 'Too many messages came to this room at once. Nothing was stored.',
  'too-large': 'The text has too many bytes.',
  unavailable:
    "Something failed on the server's side. Whether a message was stored is not known: repeat it with the same `clientMsgId`.",
};
