import type {
  AckReply,
  BroadcastPush,
  CreatedReply,
  DirectMessagePush,
  ErrorReply,
  HistoryReply,
  JoinedReply,
  LeftReply,
  MemberJoinedPush,
  MemberLeftPush,
  MembersReply,
  MessagePush,
  PongReply,
  RemovedPush,
  RoleChangedPush,
  RoomChangedPush,
  TokenRefreshedReply,
  TypingPush,
} from './protocol';

export type Push =
  | MessagePush
  | MemberJoinedPush
  | MemberLeftPush
  | RoleChangedPush
  | RoomChangedPush
  | RemovedPush
  | TypingPush
  | DirectMessagePush
  | BroadcastPush;
export type Reply =
  | AckReply
  | CreatedReply
  | ErrorReply
  | HistoryReply
  | JoinedReply
  | LeftReply
  | MembersReply
  | PongReply
  | TokenRefreshedReply;
