import type * as z from 'zod/mini';
import { unknownRoomError } from '../../chat/members/authorization';
import type { EntryFrame, pushes, replies } from '../../chat/protocol/replies';
import type { Action, requests } from '../../chat/protocol/requests';

/** Examples of all frames, from the same room. */

type Examples<Schemas extends Record<string, z.ZodMiniType>> = {
  [Name in keyof Schemas]: z.input<Schemas[Name]>;
};

const room = '483920117';
const epoch = 'q3Vb0cUeXz9L';
const ada = { userId: 'g-3xQ0yJ6m1VtWcKfE8sPzLA', username: 'Ada' };
const bob = { userId: 'g-Zk7uB2nRdH5oTgYw4iXqCe', username: 'Bob' };

const inviteId = 'kP3vXb8nQzR1tYw6mJc0dLf5gHs2aEu9iOo7yNxV4Kq';

const first: EntryFrame = {
  seq: 1,
  kind: 'message',
  messageId: '01KFVG5M2TD8CB9V7SEM0J5K3R',
  clientMsgId: '7b0f3c1e-54a6-4c52-9d52-6f1f6c0f8a11',
  from: ada,
  text: 'hello',
  ts: '2026-01-25T18:50:07.650Z',
};
const second: EntryFrame = {
  seq: 2,
  kind: 'message',
  messageId: '01KFVG5X9QH3WZ6N4T1YRB8E0M',
  replyTo: 1,
  from: bob,
  text: 'hello, Ada',
  ts: '2026-01-25T18:50:19.117Z',
};

export const requestExamples: { [A in Action]: { action: A } & z.input<(typeof requests)[A]> } = {
  createRoom: { action: 'createRoom', id: '1', name: 'Tea kitchen', username: 'Ada' },
  joinRoom: { action: 'joinRoom', id: '2', room, username: 'Bob', resume: { epoch, lastSeq: 1 } },
  leaveRoom: { action: 'leaveRoom', id: '3', room },
  sendmessage: {
    action: 'sendmessage',
    id: '4',
    room,
    text: first.text,
    clientMsgId: first.clientMsgId,
  },
  history: { action: 'history', id: '5', room, after: 1, limit: 50 },
  members: { action: 'members', id: '6', room },
  ping: { action: 'ping', id: '7' },
  deleteMessage: { action: 'deleteMessage', id: '14', room, seq: 2 },
  editMessage: { action: 'editMessage', id: '15', room, seq: 1, text: 'hello, Bob' },
  invite: { action: 'invite', id: '8', room, uses: 5, expiresInSeconds: 3600 },
  invites: { action: 'invites', id: '17', room },
  revokeInvite: { action: 'revokeInvite', id: '18', room, inviteId },
  kick: { action: 'kick', id: '9', room, userId: bob.userId },
  ban: { action: 'ban', id: '10', room, userId: bob.userId, seconds: 600 },
  unban: { action: 'unban', id: '11', room, userId: bob.userId },
  setRole: { action: 'setRole', id: '12', room, userId: bob.userId, role: 'moderator' },
  setRoom: { action: 'setRoom', id: '13', room, topic: 'The kettle', slowModeSeconds: 10 },
  block: { action: 'block', id: '19', room },
  unblock: { action: 'unblock', id: '20', room },
  refreshToken: { action: 'refreshToken', id: '14', token: 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2ln' },
  typing: { action: 'typing', id: '16', room },
  markRead: { action: 'markRead', id: '21', room, seq: 2 },
  react: { action: 'react', id: '22', room, seq: 2, emoji: '👍' },
  follow: { action: 'follow', id: '23', room, on: true },
};

export const replyExamples: Examples<typeof replies> = {
  created: {
    type: 'created',
    id: '1',
    room,
    name: 'Tea kitchen',
    epoch,
    headSeq: 0,
    memberCount: 1,
    you: ada,
    role: 'owner',
    recovered: false,
    messages: [],
    more: false,
  },
  joined: {
    type: 'joined',
    id: '2',
    room,
    name: 'Tea kitchen',
    epoch,
    headSeq: 2,
    memberCount: 2,
    you: bob,
    role: 'member',
    recovered: true,
    messages: [second],
    more: false,
  },
  left: { type: 'left', id: '3', room },
  ack: {
    type: 'ack',
    id: '4',
    room,
    seq: first.seq,
    messageId: first.messageId,
    clientMsgId: first.clientMsgId,
    ts: first.ts,
    duplicate: false,
  },
  history: { type: 'history', id: '5', room, epoch, messages: [second], more: false },
  members: {
    type: 'members',
    id: '6',
    room,
    memberCount: 2,
    members: [
      { ...ada, joinedAt: '2026-01-25T18:50:04.673Z', role: 'owner' },
      { ...bob, joinedAt: '2026-01-25T18:50:12.020Z' },
    ],
  },
  pong: {
    type: 'pong',
    id: '7',
    ts: '2026-01-25T18:51:00.004Z',
    you: ada,
    limits: {
      textBytes: 4096,
      ratePerSecond: 10,
      burst: 20,
      page: 100,
      typing: { members: 19, seconds: 5 },
      read: { members: 19, seconds: 5 },
    },
    rooms: { [room]: 2 },
  },
  invited: {
    type: 'invited',
    id: '8',
    room,
    inviteId,
    invite: '5pXcQm2v8YzT1kWb0RfJdA',
    role: 'member',
    uses: 5,
    expiresAt: '2026-01-25T19:51:00.000Z',
  },
  invites: {
    type: 'invites',
    id: '17',
    room,
    invites: [{ inviteId, by: ada, role: 'member', usesLeft: 4, expiresAt: '2026-01-25T19:51:00.000Z' }],
  },
  inviteRevoked: { type: 'inviteRevoked', id: '18', room, inviteId },
  kicked: { type: 'kicked', id: '9', room, userId: bob.userId },
  banned: { type: 'banned', id: '10', room, userId: bob.userId, until: '2026-01-25T19:01:00.000Z' },
  unbanned: { type: 'unbanned', id: '11', room, userId: bob.userId },
  roleSet: { type: 'roleSet', id: '12', room, userId: bob.userId, role: 'moderator' },
  roomSet: {
    type: 'roomSet',
    id: '13',
    room,
    name: 'Tea kitchen',
    topic: 'The kettle',
    slowModeSeconds: 10,
  },
  blocked: { type: 'blocked', id: '19', room },
  unblocked: { type: 'unblocked', id: '20', room },
  marked: { type: 'marked', id: '21', room, seq: 2 },
  reacted: { type: 'reacted', id: '22', room, seq: 2, emojis: ['👍'] },
  followed: { type: 'followed', id: '23', room, on: true },
  tokenRefreshed: { type: 'tokenRefreshed', id: '14', tokenExpiresAt: '2026-01-25T19:50:04.000Z' },
  error: {
    type: 'error',
    id: '2',
    problem: unknownRoomError().toProblem(),
  },
};

export const pushExamples: Examples<typeof pushes> = {
  message: { type: 'message', room, epoch, ...first },
  memberJoined: {
    type: 'memberJoined',
    room,
    member: bob,
    memberCount: 2,
    ts: '2026-01-25T18:50:12.020Z',
  },
  memberLeft: { type: 'memberLeft', room, member: bob, memberCount: 1, ts: '2026-01-25T18:58:41.300Z' },
  removed: {
    type: 'removed',
    room,
    reason: 'banned',
    until: '2026-01-25T19:01:00.000Z',
    ts: '2026-01-25T18:51:00.118Z',
  },
  roleChanged: {
    type: 'roleChanged',
    room,
    userId: bob.userId,
    role: 'moderator',
    by: ada,
    ts: '2026-01-25T18:52:00.007Z',
  },
  roomChanged: {
    type: 'roomChanged',
    room,
    name: 'Tea kitchen',
    topic: 'The kettle',
    slowModeSeconds: 10,
    by: ada,
    ts: '2026-01-25T18:53:00.094Z',
  },
  memberRenamed: {
    type: 'memberRenamed',
    room,
    member: { ...bob, username: 'Robert' },
    previousName: bob.username,
    ts: '2026-01-25T18:55:07.112Z',
  },
  typing: { type: 'typing', room, member: bob, ts: '2026-01-25T18:50:06.310Z' },
  read: { type: 'read', room, epoch, positions: { [ada.userId]: 2, [bob.userId]: 1 } },
  directMessage: {
    type: 'directMessage',
    room: '590174362',
    name: 'Ada & Bob',
    from: ada,
    ts: '2026-01-25T18:56:40.518Z',
  },
  broadcast: {
    type: 'broadcast',
    messageId: '01KFVGQ2F7A0M5X9T4C6D1WZ8R',
    text: 'We close in ten minutes.',
    ts: '2026-01-25T19:00:00.231Z',
  },
};
