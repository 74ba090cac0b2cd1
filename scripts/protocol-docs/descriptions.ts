import type * as z from 'zod/mini';
import type { ProblemType } from '../../chat/protocol/problems';
import type { entry, pushes, replies } from '../../chat/protocol/replies';
import type { Action, requests } from '../../chat/protocol/requests';
import type { shared } from './shared';

/**
 * The descriptions of every frame and field in the documents. They are separate from the schemas, which are bundled into
 * functions, and typed after them: a frame or field without a description does not compile.
 */

/** Objects with a separate section in the documents. */
type SharedObject = { [Name in keyof typeof shared]: z.output<(typeof shared)[Name]> }[keyof typeof shared];

/** An inline object is described together with each of its fields. */
interface NestedDescription<T> {
  description: string;
  fields: Fields<T>;
}

/** Field descriptions without the schema's type, for code that walks them. */
export type FieldDescriptions = Readonly<
  Record<string, string | { description: string; fields: FieldDescriptions }>
>;

type Field<T> = T extends SharedObject | readonly unknown[] | string | number | boolean
  ? string
  : string extends keyof T
    ? string
    : NestedDescription<T>;

export type Fields<T> = { [Name in keyof T]-?: Field<NonNullable<T[Name]>> };

/** `type`, `action` and `id` have the same meaning in every frame; `envelope` describes them. */
interface Described<T> {
  summary: string;
  fields: Fields<Omit<T, 'type' | 'id'>>;
}

type DescriptionsOf<Schemas extends Record<string, z.ZodMiniType>> = {
  [Name in keyof Schemas]: Described<z.input<Schemas[Name]>>;
};

export const envelope = {
  action: 'The operation to perform. API Gateway routes on this field, so it is case-sensitive.',
  type: 'The type of the frame. Ignore frames whose type you do not know.',
  requestId: 'An identifier that you choose. The reply carries the same value.',
  problemType:
    'The problem type. Branch on this field; for types that you do not know, branch on `temporary`.',
  replyId: 'The `id` of the request that this frame replies to. Absent if the request had none.',
};

/** The reply to a successful request, by action; undefined if it has none. The reply to a failed request is `error`. */
export const replyTo = {
  createRoom: 'created',
  joinRoom: 'joined',
  leaveRoom: 'left',
  sendmessage: 'ack',
  history: 'history',
  members: 'members',
  ping: 'pong',
  deleteMessage: 'ack',
  editMessage: 'ack',
  invite: 'invited',
  invites: 'invites',
  revokeInvite: 'inviteRevoked',
  kick: 'kicked',
  ban: 'banned',
  unban: 'unbanned',
  setRole: 'roleSet',
  setRoom: 'roomSet',
  block: 'blocked',
  unblock: 'unblocked',
  refreshToken: 'tokenRefreshed',
  typing: undefined,
  markRead: 'marked',
  react: 'reacted',
} as const satisfies Record<Action, keyof typeof replies | undefined>;

const BAN_END = 'When the ban ends. Absent if the ban is permanent.';
const TARGET = 'The user to act on.';
const INVITE_ID = 'Identifies the invite. It is not its code.';
const ROOM = 'The room number (nine digits), or `lobby`.';
const USERNAME =
  'Your display name in this room: 1 to 32 printable characters. Surrounding whitespace is removed. Ignored if you connected with a token, because the token determines the name.';
const TOKEN_EXPIRY = 'When the token of this connection expires.';
const EPOCH = "The epoch of the room's log. Sequence numbers are comparable only within one epoch.";
const MEMBER_COUNT = 'The number of users in the room.';
const NOTICE_TIME = 'When the event occurred.';

export const requestDescriptions: DescriptionsOf<typeof requests> = {
  createRoom: {
    summary: 'Creates a room and joins it.',
    fields: {
      name: 'The name of the room: 1 to 64 printable characters.',
      username: USERNAME,
      kind: 'Who may join the room: everybody (`open`, the default), users with an invite (`invite`), or you and one other user (`direct`).',
      with: 'The other user of a direct room. If the two users have a direct room already, the connection joins that room. Required for direct rooms, and only allowed for them.',
    },
  },
  joinRoom: {
    summary: 'Joins a room, or resumes it after a lost connection.',
    fields: {
      room: ROOM,
      username: USERNAME,
      resume: {
        description:
          'The last position that the client has applied. Without it, the reply contains no messages.',
        fields: {
          epoch: 'The `epoch` of the last reply or push that the client received from this room.',
          lastSeq: 'The highest `seq` up to which the client has applied every entry.',
        },
      },
      invite:
        'The code of an invite. Ignored if you have a role in the room already, so that you can send it again with every join.',
    },
  },
  leaveRoom: { summary: 'Leaves a room.', fields: { room: ROOM } },
  sendmessage: {
    summary: 'Sends a message to a room that the connection has joined.',
    fields: {
      room: ROOM,
      text: 'The message text: at most `limits.textBytes` bytes of UTF-8, not blank, and without control characters other than tabs and line breaks.',
      clientMsgId:
        'An idempotency key. Generate a new UUID for each message and send the same one with every retry.',
      replyTo:
        'The `seq` of the message that this message replies to. Rejected with `unknown-message` if the room has no such message. It may be deleted.',
    },
  },
  history: {
    summary: "Reads a page of a room's log. Without `after` or `before`, returns the latest entries.",
    fields: {
      room: ROOM,
      after: 'Returns the oldest entries with a higher `seq`. Cannot be combined with `before`.',
      before: 'Returns the newest entries with a lower `seq`. Cannot be combined with `after`.',
      limit: 'The maximum number of entries to return.',
    },
  },
  members: {
    summary:
      'Lists the members of a room, one page at a time. The list is eventually consistent. Moderators and owners also receive the bans.',
    fields: {
      room: ROOM,
      cursor: 'The `cursor` of the previous page. Omit it to request the first page.',
    },
  },
  ping: {
    summary:
      'Returns the identity of this connection, the limits of the deployment, and the head sequence of each joined room.',
    fields: {},
  },
  deleteMessage: {
    summary:
      'Deletes a message. Requires its author, a moderator or an owner. Deleting it again returns the same `ack`.',
    fields: { room: ROOM, seq: 'The sequence number of the message.' },
  },
  editMessage: {
    summary:
      'Replaces the text of a message. Requires its author. Repeating the latest edit returns the same `ack`.',
    fields: {
      room: ROOM,
      seq: 'The sequence number of the message.',
      text: 'The new text, with the same limits as in `sendmessage`.',
    },
  },
  invite: {
    summary: 'Creates an invite to a room. Requires a moderator or an owner.',
    fields: {
      room: ROOM,
      uses: 'How many users can join with the invite. Default: 1.',
      expiresInSeconds: 'When the invite expires. Default: after 604,800 seconds (7 days).',
      role: 'The role of the users who join with the invite, which must be lower than your own. Default: `member`.',
    },
  },
  invites: {
    summary:
      'Lists up to 100 invites of a room that can still be used, without their codes. Requires a moderator or an owner.',
    fields: { room: ROOM },
  },
  revokeInvite: {
    summary:
      'Makes an invite unusable. Users who joined with it stay in the room. Requires a moderator or an owner.',
    fields: { room: ROOM, inviteId: INVITE_ID },
  },
  kick: {
    summary:
      'Removes a user from a room. The user can join again; an invite room requires a new invite. Requires a moderator or an owner who outranks the user.',
    fields: { room: ROOM, userId: TARGET },
  },
  ban: {
    summary:
      "Bans a user from a room, removes all of the user's connections from it and closes them. An invite room requires a new invite after the ban. Requires a moderator or an owner who outranks the user.",
    fields: {
      room: ROOM,
      userId: TARGET,
      seconds: 'How long the ban lasts. Default: the ban is permanent.',
      address:
        'Whether to also ban the IP addresses from which the guest is connected, for `seconds` but at most a day. All guests at the address are then rejected, for example those of an office, and users with a token are not. Has no effect on users with a token. Default: false.',
    },
  },
  unban: {
    summary: 'Ends the ban of a user. Requires a moderator or an owner who outranks the user.',
    fields: { room: ROOM, userId: TARGET },
  },
  setRole: {
    summary:
      'Grants a user a role in a room. Requires a moderator or an owner who outranks both the user and the role.',
    fields: { room: ROOM, userId: TARGET, role: 'The new role.' },
  },
  setRoom: {
    summary:
      'Changes the settings of a room. Omitted settings stay the same. Requires a moderator or an owner.',
    fields: {
      room: ROOM,
      name: 'The new name of the room: 1 to 64 printable characters.',
      topic: 'The new topic of the room: at most 256 printable characters. An empty text removes the topic.',
      slowModeSeconds:
        'The minimum interval between two messages of one user, in seconds. 0 turns slow mode off. Moderators and owners are exempt.',
      writers:
        'Who may write: everyone (`everyone`), or only users with a token (`signedIn`). Moderators and owners are exempt.',
      writeAfterSeconds:
        'How long users must have been in the room before they can write, in seconds. 0 removes the minimum. Moderators and owners are exempt. A user who has not been in the room for two hours counts as new.',
    },
  },
  block: {
    summary:
      "Blocks the other user of a direct room: you no longer receive `directMessage` for that user's messages. The other user is not told.",
    fields: { room: ROOM },
  },
  unblock: {
    summary: 'Ends the blocking of the other user of a direct room.',
    fields: { room: ROOM },
  },
  refreshToken: {
    summary:
      'Replaces the token of this connection before it expires. Rejected with `unauthenticated` if the token is not valid, and with `forbidden` if the connection has no token, or the token belongs to another user or grants other rights.',
    fields: { token: 'A new token of the same user: at most 8,192 characters.' },
  },
  typing: {
    summary:
      'Tells the other members that you are typing. Has no reply. Ignored in rooms with more than `limits.typing.members` members, and if you sent one for this room less than `limits.typing.seconds` seconds ago. Rejected with `forbidden` if `limits.typing` is absent, or if you are a reader.',
    fields: { room: ROOM },
  },
  markRead: {
    summary:
      'Stores up to which entry you have read the room, for all of your devices. Send it at most every `limits.read.seconds` seconds per room, and in a room with more than `limits.read.members` members as many times more rarely as it is larger. Rejected with `rate-limited` until the position is stored and announced: repeat it, or send a later one. Rejected with `unknown-message` if the log has no such entry, and with `forbidden` if `limits.read` is absent.',
    fields: {
      room: ROOM,
      seq: 'The `seq` of the last entry that you have read. An earlier one than before has no effect.',
    },
  },
  react: {
    summary:
      'Adds your reaction to a message, or removes it; repeating a request has no effect. The counts of a message are announced at most every three seconds: a request whose reaction is stored but not announced yet is rejected with `rate-limited`. Repeat it, because the last one announces the reactions of everybody. Rejected with `unknown-message` if the message does not exist or was deleted, and with `forbidden` if you are a reader, have added five emoji, or the message has twenty different ones.',
    fields: {
      room: ROOM,
      seq: 'The `seq` of the message.',
      emoji: 'One emoji, such as `👍`, fully qualified: a sequence of the Unicode property `RGI_Emoji`.',
      remove: 'Whether to remove the reaction.',
    },
  },
};

const settingsFields = {
  name: 'The name of the room, if it has one.',
  topic: 'The topic of the room, if it has one.',
  slowModeSeconds:
    'The minimum interval between two messages of one user, in seconds, if the room is in slow mode.',
  writers: 'Who may write. Absent if everyone may.',
  writeAfterSeconds:
    'How long users must have been in the room before they can write, if there is a minimum.',
};

const roomFields = {
  room: ROOM,
  ...settingsFields,
  kind: 'Who may join the room: users with an invite (`invite`), or two users (`direct`). Absent if the room is open.',
  epoch: EPOCH,
  headSeq: 'The head sequence: the `seq` of the newest entry. 0 if the log is empty.',
  memberCount: MEMBER_COUNT,
  you: 'The identity of this connection in the room.',
  blocked: 'Whether you have blocked the other user of a direct room.',
  read: 'The last entry that you have read, on any device. Absent if you have stored none.',
  role: 'Your role in the room. A reader cannot write. A moderator can act on members and readers, and an owner on everybody.',
  recovered:
    'Whether the client can recover every entry after `resume.lastSeq`: from `messages`, and from `history` while `more` is true.',
  messages: 'The first page of entries after `resume.lastSeq`, oldest first.',
  more: 'Whether more entries follow the last of `messages`.',
};

const entryFields: Fields<z.output<typeof entry>> = {
  seq: 'The sequence number of the entry in its room: 1, 2, 3 and so on, without gaps.',
  kind: 'The kind of entry: a `message`, the deletion (`deleted`) or edit (`edited`) of an earlier one, new counts of its reactions (`reacted`), or a message whose text was deleted (`void`). Skip entries whose kind you do not know, but advance past their `seq`.',
  messageId: 'The identifier of the message, a ULID.',
  clientMsgId: 'The idempotency key that the sender chose.',
  target: 'The `seq` of the message that was deleted, edited or reacted to.',
  replyTo:
    'The `seq` of the message that this message replies to. Take the text to quote from the log: it can change, be deleted (`void`) or have expired.',
  from: 'The sender.',
  previousName:
    'The name under which the sender first joined the room, if the sender has joined it again under another name since. Also sent where `memberRenamed` is not.',
  text: 'The current text of the message, also in edits. Empty for `deleted`, `reacted` and `void`. It is user input: escape it before you display it.',
  ts: 'When the entry was stored. Never earlier than the previous entry.',
  edited: 'Whether the message was edited.',
  reactions:
    'How many users have reacted with each emoji: to the message, or to the `target` of a `reacted` entry. In pages of the log, the current counts.',
  byUser:
    'The emoji with which some users have reacted, by user ID: your own in pages of the log, and in a push those of up to 20 users whose reactions are new.',
};

export const replyDescriptions: DescriptionsOf<typeof replies> = {
  created: {
    summary: 'Confirms that the room was created and that the connection joined it.',
    fields: roomFields,
  },
  joined: { summary: 'Confirms that the connection joined the room.', fields: roomFields },
  left: { summary: 'Confirms that the connection left the room.', fields: { room: ROOM } },
  ack: {
    summary: 'Confirms that a message, a deletion or an edit is stored.',
    fields: {
      room: ROOM,
      seq: 'The sequence number of the message in its room.',
      messageId: entryFields.messageId,
      clientMsgId: 'The `clientMsgId` of the request.',
      ts: 'When the message was stored. Never earlier than the previous entry.',
      duplicate:
        'Whether a message with this `clientMsgId` was stored before. The other fields then describe the stored message.',
    },
  },
  history: {
    summary: "Returns a page of a room's log.",
    fields: {
      room: ROOM,
      epoch: EPOCH,
      messages: 'The entries, oldest first.',
      more: 'Whether more entries exist in the requested direction.',
    },
  },
  members: {
    summary: "Returns a page of a room's members.",
    fields: {
      room: ROOM,
      memberCount: MEMBER_COUNT,
      members: 'The members on this page.',
      cursor: 'The cursor for the next page. Absent on the last page.',
      bans: 'Up to 100 users who are banned from the room. Present only on the first page, and only for moderators, owners and the server API.',
      read: 'The last entry that each member has read, by `userId`. Present only in rooms with at most `limits.read.members` members. In a direct room, it contains both users.',
    },
  },
  pong: {
    summary: 'Returns the state of this connection.',
    fields: {
      ts: 'The current time on the server.',
      you: 'The identity of this connection.',
      limits: {
        description: 'The limits of this deployment.',
        fields: {
          textBytes: 'The maximum size of a message text, in bytes of UTF-8.',
          ratePerSecond: 'The sustained number of messages per second.',
          burst: 'The number of messages that can be sent at once after a pause.',
          page: 'The maximum number of entries on a page.',
          read: {
            description: 'The limits of `markRead`. Absent if the deployment stores no read positions.',
            fields: {
              members: 'The maximum number of members of a room whose positions are announced to everybody.',
              seconds: 'The minimum interval between two positions of one user in a room, in seconds.',
            },
          },
          typing: {
            description: 'The limits of `typing`. Absent if the deployment has no typing indicators.',
            fields: {
              members: 'The maximum number of members of a room with typing indicators.',
              seconds: 'The minimum interval between two requests of one user in a room, in seconds.',
            },
          },
        },
      },
      rooms: 'The head sequence of each room that this connection has joined, by room.',
      tokenExpiresAt: `${TOKEN_EXPIRY} Absent for guests.`,
    },
  },
  invited: {
    summary: 'Returns a new invite.',
    fields: {
      room: ROOM,
      inviteId: INVITE_ID,
      invite: 'The code, which is a secret. The server does not show it again.',
      role: 'The role of the users who join with the invite.',
      uses: 'How many users can join with the invite.',
      expiresAt: 'When the invite expires.',
    },
  },
  invites: {
    summary: 'Lists the invites of a room.',
    fields: { room: ROOM, invites: 'The invites, in no particular order.' },
  },
  inviteRevoked: {
    summary: 'Confirms that the invite cannot be used.',
    fields: { room: ROOM, inviteId: INVITE_ID },
  },
  kicked: { summary: 'Confirms that the user was removed.', fields: { room: ROOM, userId: TARGET } },
  banned: {
    summary: 'Confirms that the user is banned.',
    fields: {
      room: ROOM,
      userId: TARGET,
      until: BAN_END,
      addressUntil: "When the ban of the guest's IP addresses ends. Absent if no address is banned.",
    },
  },
  unbanned: { summary: 'Confirms that the user is not banned.', fields: { room: ROOM, userId: TARGET } },
  roleSet: {
    summary: 'Confirms that the role was granted.',
    fields: { room: ROOM, userId: TARGET, role: 'The role.' },
  },
  roomSet: {
    summary: 'Confirms that the settings are changed, and returns all of them.',
    fields: { room: ROOM, ...settingsFields },
  },
  blocked: { summary: 'Confirms that you have blocked the other user.', fields: { room: ROOM } },
  unblocked: { summary: 'Confirms that the other user is not blocked.', fields: { room: ROOM } },
  marked: {
    summary: 'Confirms that the position is stored, and announced where it has to be.',
    fields: {
      room: ROOM,
      seq: 'The stored position. It is later than the request if another device has read further.',
    },
  },
  reacted: {
    summary: 'Confirms that your reaction is stored and announced.',
    fields: {
      room: ROOM,
      seq: 'The `seq` of the message.',
      emojis: 'All emoji that you have added to the message.',
    },
  },
  tokenRefreshed: {
    summary: 'Confirms that the new token applies.',
    fields: { tokenExpiresAt: TOKEN_EXPIRY },
  },
  error: {
    summary:
      'Reports that a request was rejected or failed. If the frame has no `id`, the request had no valid `id`.',
    fields: { problem: 'The problem details (RFC 9457).' },
  },
};

export const pushDescriptions: DescriptionsOf<typeof pushes> = {
  message: {
    summary: "Delivers a new entry of a room's log. The sender receives its own messages too.",
    fields: { room: ROOM, epoch: EPOCH, ...entryFields },
  },
  memberJoined: {
    summary: 'Announces that a user joined the room. Never sent for the lobby.',
    fields: { room: ROOM, member: 'The user who joined.', memberCount: MEMBER_COUNT, ts: NOTICE_TIME },
  },
  memberLeft: {
    summary: 'Announces that the last connection of a user left the room. Never sent for the lobby.',
    fields: { room: ROOM, member: 'The user who left.', memberCount: MEMBER_COUNT, ts: NOTICE_TIME },
  },
  removed: {
    summary:
      'Tells you that a moderator removed this connection from a room. The server closes the connection after a ban.',
    fields: {
      room: ROOM,
      reason: 'Whether you were removed once (`kicked`) or may not join again (`banned`).',
      until: BAN_END,
      ts: NOTICE_TIME,
    },
  },
  roleChanged: {
    summary: "Announces that a user's role in the room changed.",
    fields: {
      room: ROOM,
      userId: 'The user whose role changed.',
      role: 'The new role.',
      by: 'The user who changed it.',
      ts: NOTICE_TIME,
    },
  },
  roomChanged: {
    summary: 'Announces that the settings of a room changed, and contains all of them.',
    fields: { room: ROOM, ...settingsFields, by: 'The user who changed them.', ts: NOTICE_TIME },
  },
  memberRenamed: {
    summary:
      'Announces that a member of the room joined it again under another name. Never sent for the lobby.',
    fields: {
      room: ROOM,
      member: 'The user, with the new name.',
      previousName: 'The name that the user had in the room until now.',
      ts: NOTICE_TIME,
    },
  },
  typing: {
    summary:
      'Announces that a member is typing. It is not stored, repeated or ordered with messages, so show it for about six seconds, or until a message of the member arrives that is not older than `ts`.',
    fields: { room: ROOM, member: 'The user who is typing.', ts: 'When the server received the request.' },
  },
  read: {
    summary:
      'Announces how far members have read the room. In rooms with more than `limits.read.members` members, only your own other connections receive your position. It can be lost or arrive late, so keep the highest position of each user.',
    fields: {
      room: ROOM,
      epoch: EPOCH,
      positions: 'The `seq` of the last entry that each user has read, by `userId`.',
    },
  },
  directMessage: {
    summary:
      'Tells you that the other user of a direct room sent a message there while none of your connections was in the room. Sent to all of your connections, at most once in a minute per room, and not repeated: join the room to receive the messages.',
    fields: {
      room: 'The room number (nine digits).',
      name: 'The name of the room, if it has one.',
      from: 'The sender.',
      ts: 'When the message was stored.',
    },
  },
  broadcast: {
    summary: 'Delivers a broadcast to every connection. A broadcast belongs to no room and is not replayed.',
    fields: {
      messageId: 'The identifier of the broadcast, a ULID.',
      text: 'The broadcast text. Escape it before you display it.',
      ts: 'When the broadcast was accepted.',
    },
  },
};

const userFields = {
  userId: 'The identifier of the user: the same for every connection that presents the same guest secret.',
  username: 'The display name. It is not unique; use `userId` to distinguish users.',
};

export const sharedDescriptions: DescriptionsOf<typeof shared> = {
  User: { summary: 'A user of the chat.', fields: userFields },
  Ban: {
    summary: 'A user who is banned from a room.',
    fields: {
      userId: 'The identifier of the user.',
      username:
        'The display name of the user at the time of the ban. Absent if the user was not in the room then.',
      until: 'When the ban ends. Absent if the ban is permanent.',
    },
  },
  Invite: {
    summary: 'An invite that can be used to join a room.',
    fields: {
      inviteId: INVITE_ID,
      by: 'The user who created the invite.',
      role: 'The role of the users who join with the invite.',
      usesLeft: 'How many users can still join with the invite.',
      expiresAt: 'When the invite expires.',
    },
  },
  Member: {
    summary: 'A user who has joined a room.',
    fields: {
      ...userFields,
      joinedAt: 'When the user joined.',
      role: 'The role that the room has granted to the user. Absent: member. Roles that a token grants are not listed.',
    },
  },
  Entry: { summary: "An entry of a room's log.", fields: entryFields },
  Problem: {
    summary: 'Why a request was rejected or failed.',
    fields: {
      title: 'A summary of the problem type.',
      status: 'The HTTP status code that corresponds to the problem type.',
      detail: 'An explanation of this occurrence, for developers.',
      temporary: 'Whether the same request can succeed later.',
      retryAfterMs: 'The minimum time to wait before a retry, in milliseconds.',
    },
  },
};

export const problemDescriptions: Record<ProblemType, string> = {
  'invalid-frame':
    'The frame does not match the protocol; `detail` names the field. Also returned when a `clientMsgId` is reused with a different text or `replyTo`.',
  unauthenticated: 'The connection has no connection record. Connect again.',
  forbidden: 'The request is not allowed. During the handshake: the origin of the page is not allowed.',
  'unknown-room': 'The room does not exist, or the connection has not joined it.',
  'rate-limited': 'The connection sent too many messages, or tried to join too many rooms that do not exist.',
  'unknown-message': 'The message does not exist, has expired or was deleted.',
  'room-busy':
    'Too many messages were sent to this room at the same time, or your rights in it changed while the request ran. This request added nothing to the log. A rejected message keeps its `clientMsgId` and its turn in slow mode.',
  'too-large': 'The text exceeds the size limit.',
  unavailable:
    'A server error occurred. The message may or may not be stored: retry with the same `clientMsgId`.',
};
