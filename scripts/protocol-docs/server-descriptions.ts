import type * as z from 'zod/mini';
import type { broadcastReply, broadcastRequest, serverReplies } from '../../chat/protocol/server-replies';
import type { ServerOperation, serverRequests } from '../../chat/protocol/server-requests';
import { type Fields, replyDescriptions, requestDescriptions } from './descriptions';

/**
 * The descriptions of the operations of the HTTP API and their fields. Reuses descriptions of the protocol. The types are
 * derived from the schemas, so an operation or field without a description does not compile.
 */

interface OperationDescription<Request, Reply> {
  summary: string;
  request: Fields<Request>;
  reply: Fields<Reply>;
  /** The meaning of the success status code. */
  result: string;
}

type ServerDescriptions = {
  [O in ServerOperation]: OperationDescription<
    z.input<(typeof serverRequests)[O]>,
    z.output<(typeof serverReplies)[O]>
  >;
};

const { createRoom, setRoom, sendmessage, history, members, kick, ban, unban, deleteMessage } =
  requestDescriptions;
const { invite, invites, react, revokeInvite } = requestDescriptions;
const {
  roomSet,
  ack,
  history: page,
  members: memberPage,
  kicked,
  banned,
  unbanned,
  invited,
  invites: inviteList,
  inviteRevoked,
  reacted,
} = replyDescriptions;

const CURSOR = 'The `cursor` of the previous reply. Omit it in the first request.';
const NEXT_CURSOR = 'Present if more data remains. Send the request again with this cursor, within one hour.';

export const serverDescriptions: ServerDescriptions = {
  createRoom: {
    summary: 'Creates a room.',
    request: {
      name: createRoom.fields.name,
      topic: 'The topic of the room: at most 256 printable characters.',
      slowModeSeconds: setRoom.fields.slowModeSeconds,
      kind: 'Who may join the room: anyone (`open`, the default) or users with an invite (`invite`).',
      owner: 'The user who owns the room. Without an owner, only the server API can moderate the room.',
    },
    reply: {
      ...roomSet.fields,
      kind: 'Who may join the room: anyone (`open`) or users with an invite (`invite`).',
      epoch: page.fields.epoch,
    },
    result: 'The room was created.',
  },
  configureRoom: {
    summary: 'Changes the settings of a room. Omitted settings stay the same.',
    request: setRoom.fields,
    reply: roomSet.fields,
    result: 'The settings were changed. Contains all settings.',
  },
  sendMessage: {
    summary: 'Sends a message to a room as the user `s-system`.',
    request: {
      ...sendmessage.fields,
      clientMsgId: 'An idempotency key. Default: derived from the header `Idempotency-Key`, if present.',
      username: 'The name of the sender: 1 to 32 printable characters. Default: `System`.',
    },
    reply: ack.fields,
    result: 'The message is stored.',
  },
  readHistory: {
    summary: history.summary,
    request: history.fields,
    reply: page.fields,
    result: 'A page of the log.',
  },
  listMembers: {
    summary:
      'Lists the members of a room who are connected, one page at a time. The list is eventually consistent.',
    request: members.fields,
    reply: memberPage.fields,
    result: 'A page of the members.',
  },
  kickUser: {
    summary: 'Removes a user from a room. The user can join again, but an invite room requires a new invite.',
    request: kick.fields,
    reply: kicked.fields,
    result: 'The user was removed.',
  },
  banUser: {
    summary: "Bans a user from a room. Removes all of the user's connections from the room and closes them.",
    request: ban.fields,
    reply: banned.fields,
    result: 'The user is banned.',
  },
  unbanUser: {
    summary: 'Ends the ban of a user.',
    request: unban.fields,
    reply: unbanned.fields,
    result: 'The user is not banned.',
  },
  createInvite: {
    summary: 'Creates an invite to a room. A repeated request creates another invite.',
    request: {
      ...invite.fields,
      role: 'The role of the users who join with the invite. Default: `member`.',
    },
    reply: invited.fields,
    result: 'The invite was created.',
  },
  listInvites: {
    summary: 'Lists up to 100 invites of a room that can still be used, without their codes.',
    request: invites.fields,
    reply: inviteList.fields,
    result: 'The invites.',
  },
  revokeInvite: {
    summary: 'Revokes an invite. Users who have joined with it stay in the room.',
    request: revokeInvite.fields,
    reply: inviteRevoked.fields,
    result: 'The invite cannot be used.',
  },
  deleteMessage: {
    summary: 'Deletes a message. A repeated request returns the same reply.',
    request: deleteMessage.fields,
    reply: {
      ...ack.fields,
      seq: 'The sequence number of the entry that deletes the message.',
      duplicate: 'Whether the message was already deleted.',
    },
    result: 'The message is deleted.',
  },
  react: {
    summary:
      'Adds a reaction of the system to a message, or removes it. A repeated request has no effect. If the reaction is stored but not yet announced, the request is rejected with `rate-limited`. Then repeat it.',
    request: react.fields,
    reply: reacted.fields,
    result: 'The reaction is stored and announced.',
  },
  disconnectUser: {
    summary: 'Closes all connections of a user. The user can connect again.',
    request: { userId: 'The user to disconnect.' },
    reply: { userId: 'The disconnected user.', connections: 'The number of closed connections.' },
    result: 'The connections are closed.',
  },
  removeDevice: {
    summary:
      'Deletes a device of a user, for example because its push service returns 404 or 410. A repeated request has no effect.',
    request: { userId: 'The user.', deviceId: 'The `deviceId` of the device in `MessageMissed`.' },
    reply: { userId: 'The user.', deviceId: 'The device.' },
    result: 'The device is deleted.',
  },
  exportUser: {
    summary: 'Returns the stored data of a user, one page at a time. Scans all data of the chat.',
    request: { userId: 'The user whose data is exported.', cursor: CURSOR },
    reply: {
      userId: 'The user.',
      records:
        'The records of the user. Each record has a `type`: `entry` (an entry of a room log), `room` (a room that the user owns, or a direct room of the user), `standing` (a role or a ban), `invite`, `session`, `directRoom` or `activity` (such as budgets and presence). Times are in epoch milliseconds, except `expiresAt`, which is in epoch seconds.',
      cursor: NEXT_CURSOR,
    },
    result: 'A page of the records, which can be empty.',
  },
  eraseUser: {
    summary:
      'Erases the stored data of a user. Scans all data of the chat. Log entries keep their `seq`, but lose their text and sender. A failed request can be repeated.',
    request: { userId: 'The user to erase.', cursor: CURSOR },
    reply: {
      userId: 'The user.',
      erased: 'The number of records that this request erased.',
      cursor: NEXT_CURSOR,
    },
    result: 'Part of the data was erased. If the reply has no `cursor`, all data was erased.',
  },
};

export const broadcastDescription: OperationDescription<
  z.input<typeof broadcastRequest>,
  z.output<typeof broadcastReply>
> = {
  summary: 'Sends a text to every open connection.',
  request: { message: sendmessage.fields.text },
  reply: { messageId: 'The identifier of the broadcast, a ULID.', ts: 'When the broadcast was accepted.' },
  result: 'The broadcast is stored. Its delivery is asynchronous.',
};
