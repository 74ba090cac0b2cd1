export { applyChange } from './changes';
export {
  type Client,
  type ClientEvents,
  type ConnectOptions,
  type CreateOptions,
  connect,
  type JoinOptions,
} from './client';
export type { LogPosition, LogPosition as Place, Phase } from './core/types';
export type { SocketConstructor, SocketLike } from './environment';
export { ProblemError } from './problem-error';
export type {
  AckReply,
  Ban,
  BroadcastPush,
  DirectMessagePush,
  Entry,
  HistoryReply,
  Invite,
  InvitedReply,
  Member,
  MemberRenamedPush,
  MembersReply,
  Problem,
  ReactedReply,
  ReadPush,
  RoleChangedPush,
  RoomChangedPush,
  TypingPush,
  User,
} from './protocol';
export type {
  Outgoing,
  PushDevice,
  Role,
  Room,
  RoomEvents,
  RoomKind,
  Sending,
  SendOptions,
} from './room';
export type { Storage } from './storage';
