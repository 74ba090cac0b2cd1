import type {
  AckReply,
  BroadcastPush,
  CreatedReply,
  DirectMessagePush,
  ErrorReply,
  HistoryReply,
  JoinedReply,
  LeftReply,
  MarkedReply,
  MemberJoinedPush,
  MemberLeftPush,
  MembersReply,
  MessagePush,
  PongReply,
  ReactedReply,
  ReadPush,
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
  | ReadPush
  | DirectMessagePush
  | BroadcastPush;
export type Reply =
  | AckReply
  | CreatedReply
  | ErrorReply
  | HistoryReply
  | JoinedReply
  | LeftReply
  | MarkedReply
  | MembersReply
  | PongReply
  | ReactedReply
  | TokenRefreshedReply;
