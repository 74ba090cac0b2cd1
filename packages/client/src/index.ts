export { type Client, type ClientEvents, type ConnectOptions, connect, type JoinOptions } from './client';
export type { LogPosition, LogPosition as Place, Phase } from './core/types';
export type { SocketConstructor, SocketLike } from './environment';
export { ProblemError } from './problem-error';
export type {
  AckReply,
  BroadcastPush,
  Entry,
  HistoryReply,
  Member,
  MembersReply,
  Problem,
  User,
} from './protocol';
export type { Outgoing, Room, RoomEvents, Sending, SendOptions } from './room';
export type { Storage } from './storage';
