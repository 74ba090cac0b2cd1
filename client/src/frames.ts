import type {
  AckReply,
  CreatedReply,
  ErrorReply,
  HistoryReply,
  JoinedReply,
  LeftReply,
  MemberJoinedPush,
  MemberLeftPush,
  MembersReply,
  MessagePush,
  PongReply,
} from './protocol';

/** A notice to everyone, in whatever room; outside every room's order, and not replayed. */
export interface Broadcast {
  type: 'broadcast';
  messageId: string;
  text: string;
  ts: string;
}

export type Push = MessagePush | MemberJoinedPush | MemberLeftPush | Broadcast;
export type Reply =
  | AckReply
  | CreatedReply
  | ErrorReply
  | HistoryReply
  | JoinedReply
  | LeftReply
  | MembersReply
  | PongReply;
