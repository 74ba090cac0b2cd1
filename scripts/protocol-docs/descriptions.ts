import type * as z from 'zod/mini';
import type { ProblemType } from '../../chat/protocol/problems';
import type { entry, pushes, replies } from '../../chat/protocol/replies';
import type { Action, requests } from '../../chat/protocol/requests';
import type { shared } from './shared';

/**
 * The descriptions of all frames and fields in the documents. They are separate from the schemas, because the schemas are
 * bundled into functions. Their types are derived from the schemas, so a frame or field without a description does not compile.
 */

/** Objects with a separate section in the documents. */
type SharedObject = { [Name in keyof typeof shared]: z.output<(typeof shared)[Name]> }[keyof typeof shared];

/** The description of an inline object and its fields. */
interface NestedDescription<T> {
  description: string;
  fields: Fields<T>;
}

/** Field descriptions of any schema, for code that traverses them. */
export type FieldDescriptions = Readonly<
  Record<string, string | { description: string; fields: FieldDescriptions }>
>;

type Field<T> = T extends SharedObject | readonly unknown[] | string | number | boolean
  ? string
  : string extends keyof T
    ? string
    : NestedDescription<T>;

export type Fields<T> = { [Name in keyof T]-?: Field<NonNullable<T[Name]>> };

/** `type`, `action` and `id` have the same meaning in every frame. `envelope` describes them. */
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
  requestId: 'An identifier that you choose. The reply contains the same value.',
  problemType:
    'The problem type. Branch on this field. For types that you do not know, branch on `temporary`.',
  replyId: 'The `id` of the request that this frame replies to. Absent if the request had none.',
};

/**
 * The reply to a successful request, by action. Undefined if the action has no reply. The reply to a failed request is `error`.
 */
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
  follow: 'followed',
} as const satisfies Record<Action, keyof typeof replies | undefined>;

const BAN_END = 'When the ban ends. Absent if the ban is permanent.';
const TARGET = 'The affected user.';
const INVITE_ID = 'The identifier of the invite. It is not the code of the invite.';
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
      kind: 'Who may join the room: everyone (`open`, the default), users with an invite (`invite`), or you and one other user (`direct`).',
      with: 'The other user of a direct room. If the two users already have a direct room, the connection joins it. Required for direct rooms, and not allowed for other rooms.',
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
          lastSeq: 'The highest `seq` up to which the client has applied all entries.',
        },
      },
      invite:
        'The code of an invite. Ignored if you already have a role in the room, so you can send it with every join.',
    },
  },
  leaveRoom: { summary: 'Leaves a room.', fields: { room: ROOM } },
  sendmessage: {
    summary: 'Sends a message to a room that the connection has joined.',
    fields: {
      room: ROOM,
      text: 'The message text: at most `limits.textBytes` bytes of UTF-8, not blank, and without control characters other than tabs and line breaks.',
      clientMsgId:
        'An idempotency key. Generate a new UUID for each message, and send the same UUID with every retry.',
      replyTo:
        'The `seq` of the message that this message replies to. The message may be deleted. Rejected with `unknown-message` if the room has no such message.',
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
      'Deletes a message. Allowed for the author of the message, moderators and owners. A repeated request returns the same `ack`.',
    fields: { room: ROOM, seq: 'The sequence number of the message.' },
  },
  editMessage: {
    summary:
      'Replaces the text of a message. Allowed for the author of the message. Repeating the latest edit returns the same `ack`.',
    fields: {
      room: ROOM,
      seq: 'The sequence number of the message.',
      text: 'The new text, with the same limits as in `sendmessage`.',
    },
  },
  invite: {
    summary: 'Creates an invite to a room. Allowed for moderators and owners.',
    fields: {
      room: ROOM,
      uses: 'How many users can join with the invite. Default: 1.',
      expiresInSeconds: 'The number of seconds after which the invite expires. Default: 604,800 (7 days).',
      role: 'The role of users who join with the invite. It must be lower than your role. Default: `member`.',
    },
  },
  invites: {
    summary:
      'Lists up to 100 invites of a room that can still be used, without their codes. Allowed for moderators and owners.',
    fields: { room: ROOM },
  },
  revokeInvite: {
    summary:
      'Revokes an invite. Users who have joined with it stay in the room. Allowed for moderators and owners.',
    fields: { room: ROOM, inviteId: INVITE_ID },
  },
  kick: {
    summary:
      'Removes a user from a room. The user can join again, but an invite room requires a new invite. Allowed for moderators and owners who outrank the user.',
    fields: { room: ROOM, userId: TARGET },
  },
  ban: {
    summary:
      "Bans a user from a room. Removes all of the user's connections from the room and closes them. After the ban, an invite room requires a new invite. Allowed for moderators and owners who outrank the user.",
    fields: {
      room: ROOM,
      userId: TARGET,
      seconds: 'How long the ban lasts. Default: the ban is permanent.',
      address:
        'Whether to also ban the IP addresses from which the guest is connected, for `seconds` but at most one day. The ban rejects all guests with the same address, for example all guests in an office. Users with a token are not affected. Default: false.',
    },
  },
  unban: {
    summary: 'Ends the ban of a user. Allowed for moderators and owners who outrank the user.',
    fields: { room: ROOM, userId: TARGET },
  },
  setRole: {
    summary:
      'Grants a user a role in a room. Allowed for moderators and owners who outrank both the user and the role.',
    fields: { room: ROOM, userId: TARGET, role: 'The new role.' },
  },
  setRoom: {
    summary:
      'Changes the settings of a room. Omitted settings stay the same. Allowed for moderators and owners.',
    fields: {
      room: ROOM,
      name: 'The new name of the room: 1 to 64 printable characters.',
      topic: 'The new topic of the room: at most 256 printable characters. An empty text removes the topic.',
      slowModeSeconds:
        'The minimum interval between two messages of a user, in seconds. 0 turns off slow mode. Moderators and owners are exempt.',
      writers:
        'Who may send messages: everyone (`everyone`), or only users with a token (`signedIn`). Moderators and owners are exempt.',
      writeAfterSeconds:
        'How long users must be in the room before they can send messages, in seconds. 0 removes the minimum. Moderators and owners are exempt. A user who has been away from the room for two hours counts as new.',
    },
  },
  block: {
    summary:
      "Blocks the other user of a direct room. You no longer receive `directMessage` for that user's messages. The other user is not notified.",
    fields: { room: ROOM },
  },
  unblock: {
    summary: 'Unblocks the other user of a direct room.',
    fields: { room: ROOM },
  },
  refreshToken: {
    summary:
      'Replaces the token of this connection before it expires. Rejected with `unauthenticated` if the new token is not valid. Rejected with `forbidden` if the connection has no token, or if the new token belongs to a different user or grants different rights.',
    fields: { token: 'A new token for the same user: at most 8,192 characters.' },
  },
  typing: {
    summary:
      'Notifies the other members that you are typing. Has no reply. Ignored in rooms with more than `limits.typing.members` members. Also ignored if you sent this request for the room less than `limits.typing.seconds` seconds ago. Rejected with `forbidden` if `limits.typing` is absent, or if you are a reader.',
    fields: { room: ROOM },
  },
  markRead: {
    summary:
      'Stores the last entry that you have read in a room, for all of your devices. Send this request at most every `limits.read.seconds` seconds per room. In a room with more than `limits.read.members` members, multiply the interval by the member count divided by `limits.read.members`. Rejected with `rate-limited` until the position is stored and announced. In this case, repeat the request, or send a later position. Rejected with `unknown-message` if the log has no such entry, and with `forbidden` if `limits.read` is absent.',
    fields: {
      room: ROOM,
      seq: 'The `seq` of the last entry that you have read. A position before the stored position has no effect.',
    },
  },
  react: {
    summary:
      'Adds your reaction to a message, or removes it. Repeating a request has no effect. The counts of a message are announced at most every three seconds. If the reaction is stored but not yet announced, the request is rejected with `rate-limited`. Repeat the request, because the last request announces the reactions of all users. Rejected with `unknown-message` if the message does not exist or was deleted. Rejected with `forbidden` if you are a reader, if you have already added five emoji, or if the message already has twenty different emoji.',
    fields: {
      room: ROOM,
      seq: 'The `seq` of the message.',
      emoji: 'One fully qualified emoji, such as `👍`: a sequence of the Unicode property `RGI_Emoji`.',
      remove: 'Whether to remove the reaction.',
    },
  },
  follow: {
    summary:
      'Starts or ends following a room. The deployment can notify followers who have no open connection of a message in the room. It notifies each follower once until the follower joins the room again. Both users of a direct room follow it from the start. A kick or ban ends following. Leaving the room does not. Rejected with `forbidden` in the lobby, in a room with 100 followers, and in an invite room that you can enter only with your token.',
    fields: {
      room: ROOM,
      on: 'Whether to follow the room.',
      device: {
        description:
          'A push subscription of your browser, created with the `webPushKey` of `pong`. The deployment can send it Web Push notifications about all rooms that you follow. Up to five subscriptions are stored. Another subscription replaces the oldest one. A subscription is stored for 60 days, so send it again when the user opens the room.',
        fields: {
          endpoint: 'The `endpoint` of the subscription: an https URL of at most 1,024 characters.',
          keys: {
            description: 'The `keys` of the subscription.',
            fields: {
              p256dh: 'The public key of the browser: 65 bytes in base64url.',
              auth: 'The authentication secret of the browser: 16 bytes in base64url.',
            },
          },
        },
      },
    },
  },
};

const settingsFields = {
  name: 'The name of the room, if it has one.',
  topic: 'The topic of the room, if it has one.',
  slowModeSeconds:
    'The minimum interval between two messages of a user, in seconds, if the room is in slow mode.',
  writers: 'Who may send messages. Absent if everyone may send messages.',
  writeAfterSeconds:
    'How long users must be in the room before they can send messages, if there is a minimum.',
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
  following: 'Whether you follow the room.',
  read: 'The `seq` of the last entry that you have read, on any device. Absent if no position is stored.',
  role: 'Your role in the room. A reader cannot send messages. A moderator can act on members and readers. An owner can act on all users.',
  recovered:
    'Whether the client can recover every entry after `resume.lastSeq`: from `messages`, and from `history` while `more` is true.',
  messages: 'The first page of entries after `resume.lastSeq`, oldest first.',
  more: 'Whether more entries follow the last entry in `messages`.',
};

const entryFields: Fields<z.output<typeof entry>> = {
  seq: 'The sequence number of the entry in its room: 1, 2, 3 and so on, without gaps.',
  kind: 'The kind of entry: a `message`, the deletion (`deleted`) or edit (`edited`) of an earlier message, new reaction counts of an earlier message (`reacted`), or a message whose text was deleted (`void`). Skip entries whose kind you do not know, but advance past their `seq`.',
  messageId: 'The identifier of the message, a ULID.',
  clientMsgId: 'The idempotency key that the sender chose.',
  target: 'The `seq` of the message that was deleted, edited or reacted to.',
  replyTo:
    'The `seq` of the message that this message replies to. To quote the message, read its text from the log. It may have been edited or deleted (`void`), or it may have expired.',
  from: 'The sender.',
  previousName:
    'The name with which the sender first joined the room, if the sender has since joined again with a different name. Also present in rooms that receive no `memberRenamed`.',
  text: 'The current text of the message. In an `edited` entry, the new text. Empty for `deleted`, `reacted` and `void`. The text is user input, so escape it before you display it.',
  ts: 'When the entry was stored. Never earlier than the `ts` of the previous entry.',
  edited: 'Whether the message was edited.',
  reactions:
    'How many users have reacted with each emoji to the message, or to the `target` of a `reacted` entry. Pages of the log contain the current counts.',
  byUser:
    'The emoji with which some users have reacted, by user ID. Pages of the log contain only your reactions. Pushes contain the reactions of up to 20 users whose reactions are new.',
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
      ts: 'When the message was stored. Never earlier than the `ts` of the previous entry.',
      duplicate:
        'Whether a message with this `clientMsgId` was already stored. In this case, the other fields describe the stored message.',
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
      read: 'The `seq` of the last entry that each member has read, by `userId`. Present only in rooms with at most `limits.read.members` members. In a direct room, contains both users.',
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
              members: 'The maximum number of members in rooms that announce the positions to all members.',
              seconds: 'The minimum interval between two positions of a user in a room, in seconds.',
            },
          },
          typing: {
            description: 'The limits of `typing`. Absent if the deployment has no typing indicators.',
            fields: {
              members: 'The maximum number of members in rooms with typing indicators.',
              seconds: 'The minimum interval between two requests of a user in a room, in seconds.',
            },
          },
        },
      },
      rooms: 'The head sequence of each room that this connection has joined, by room.',
      webPushKey:
        'The public VAPID key of the deployment: the `applicationServerKey` for push subscriptions. Absent if the deployment sends no Web Push notifications.',
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
    summary: 'Confirms that the invite can no longer be used.',
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
    summary: 'Confirms that the settings were changed. Contains all settings.',
    fields: { room: ROOM, ...settingsFields },
  },
  blocked: { summary: 'Confirms that you have blocked the other user.', fields: { room: ROOM } },
  unblocked: { summary: 'Confirms that the other user is not blocked.', fields: { room: ROOM } },
  marked: {
    summary: 'Confirms that the position is stored, and announced if the room announces positions.',
    fields: {
      room: ROOM,
      seq: 'The stored position. It is later than the position in the request if you have read further on another device.',
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
  followed: {
    summary: 'Confirms that you started or ended following the room.',
    fields: { room: ROOM, on: 'Whether you follow the room.' },
  },
  tokenRefreshed: {
    summary: 'Confirms that the connection now uses the new token.',
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
    summary: "Delivers a new entry of a room's log. The sender also receives the entry.",
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
      'Announces that a moderator removed this connection from a room. After a ban, the server closes the connection.',
    fields: {
      room: ROOM,
      reason: 'Whether you can join again (`kicked`) or not (`banned`).',
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
      by: 'The user who changed the role.',
      ts: NOTICE_TIME,
    },
  },
  roomChanged: {
    summary: 'Announces that the settings of a room changed. Contains all settings.',
    fields: { room: ROOM, ...settingsFields, by: 'The user who changed the settings.', ts: NOTICE_TIME },
  },
  memberRenamed: {
    summary: 'Announces that a member joined the room again with a different name. Never sent for the lobby.',
    fields: {
      room: ROOM,
      member: 'The user, with the new name.',
      previousName: 'The previous name of the user in the room.',
      ts: NOTICE_TIME,
    },
  },
  typing: {
    summary:
      'Announces that a member is typing. This push is not stored, repeated or ordered with messages. Show the indicator for about six seconds, or until a message from the member arrives with the same or a later `ts`.',
    fields: { room: ROOM, member: 'The user who is typing.', ts: 'When the server received the request.' },
  },
  read: {
    summary:
      'Announces the last entry that each member has read. In rooms with more than `limits.read.members` members, only your other connections receive your position. This push can be lost or arrive late, so keep the highest position of each user.',
    fields: {
      room: ROOM,
      epoch: EPOCH,
      positions: 'The `seq` of the last entry that each user has read, by `userId`.',
    },
  },
  directMessage: {
    summary:
      'Announces that the other user of a direct room sent a message while none of your connections was in the room. Sent to all of your connections, at most once per minute for each room. This push is not repeated. To receive the messages, join the room.',
    fields: {
      room: 'The room number (nine digits).',
      name: 'The name of the room, if it has one.',
      from: 'The sender.',
      ts: 'When the message was stored.',
    },
  },
  broadcast: {
    summary:
      'Delivers a broadcast to every connection. A broadcast does not belong to a room and is not replayed.',
    fields: {
      messageId: 'The identifier of the broadcast, a ULID.',
      text: 'The broadcast text. Escape it before you display it.',
      ts: 'When the broadcast was accepted.',
    },
  },
};

const userFields = {
  userId: 'The identifier of the user. All connections with the same guest secret have the same identifier.',
  username: 'The display name. Display names are not unique, so use `userId` to distinguish users.',
};

export const sharedDescriptions: DescriptionsOf<typeof shared> = {
  User: { summary: 'A user of the chat.', fields: userFields },
  Ban: {
    summary: 'A user who is banned from a room.',
    fields: {
      userId: 'The identifier of the user.',
      username:
        'The display name of the user at the time of the ban. Absent if the user was not in the room at that time.',
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
      role: 'The role of the user in the room. Absent for ordinary members. Roles that a token grants are not listed.',
    },
  },
  Entry: { summary: "An entry of a room's log.", fields: entryFields },
  Problem: {
    summary: 'The reason why a request was rejected or failed.',
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
    'The frame does not match the protocol. `detail` names the field. Also returned if a `clientMsgId` is reused with a different text or `replyTo`.',
  unauthenticated: 'The connection has no connection record. Connect again.',
  forbidden: 'The request is not allowed. During the handshake, the origin of the page is not allowed.',
  'unknown-room': 'The room does not exist, or the connection has not joined it.',
  'rate-limited': 'The connection sent too many messages, or tried to join too many rooms that do not exist.',
  'unknown-message': 'The message does not exist, has expired or was deleted.',
  'room-busy':
    'Too many messages were sent to this room at the same time, or your rights in the room changed during the request. The request added no entry to the log. A rejected message keeps its `clientMsgId` and its turn in slow mode.',
  'too-large': 'The text exceeds the size limit.',
  unavailable:
    'A server error occurred. A message may or may not be stored. Retry with the same `clientMsgId`.',
};
