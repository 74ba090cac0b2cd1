import type { EntryFrame, Push, problem, pushes, Reply, replies } from '../../../chat/protocol/replies';
import type * as published from '../src/protocol';

// Compares the client's protocol types with the server's schemas. Contains types only: `npm run typecheck` fails when
// a frame differs or is missing.

interface Replies {
  created: published.CreatedReply;
  joined: published.JoinedReply;
  left: published.LeftReply;
  ack: published.AckReply;
  history: published.HistoryReply;
  members: published.MembersReply;
  pong: published.PongReply;
  invited: published.InvitedReply;
  invites: published.InvitesReply;
  inviteRevoked: published.InviteRevokedReply;
  kicked: published.KickedReply;
  banned: published.BannedReply;
  unbanned: published.UnbannedReply;
  roleSet: published.RoleSetReply;
  roomSet: published.RoomSetReply;
  blocked: published.BlockedReply;
  unblocked: published.UnblockedReply;
  marked: published.MarkedReply;
  reacted: published.ReactedReply;
  followed: published.FollowedReply;
  tokenRefreshed: published.TokenRefreshedReply;
  error: published.ErrorReply;
}

interface Pushes {
  message: published.MessagePush;
  memberJoined: published.MemberJoinedPush;
  memberLeft: published.MemberLeftPush;
  removed: published.RemovedPush;
  roleChanged: published.RoleChangedPush;
  roomChanged: published.RoomChangedPush;
  memberRenamed: published.MemberRenamedPush;
  typing: published.TypingPush;
  read: published.ReadPush;
  directMessage: published.DirectMessagePush;
  broadcast: published.BroadcastPush;
}

interface Parts {
  entry: published.Entry;
  problem: published.Problem;
  user: published.User;
  member: published.Member;
}

type DefinedReplies = { [K in keyof typeof replies]: Reply<K> & { id?: string } };
type DefinedPushes = { [K in keyof typeof pushes]: Push<K> };
interface DefinedParts {
  entry: EntryFrame;
  problem: (typeof problem)['_zod']['output'];
  user: EntryFrame['from'];
  member: Reply<'members'>['members'][number];
}

/** Expands intersections, so that an intersection and an equivalent interface compare as the same type. */
type Flat<T> = { [K in keyof T]: T[K] };
type Same<A, B> =
  (<T>() => T extends Flat<A> ? 1 : 2) extends <T>() => T extends Flat<B> ? 1 : 2 ? true : false;

/** The keys with different types and the keys that exist on one side only. */
type Differing<A, B> = {
  [K in keyof A | keyof B]: K extends keyof A & keyof B ? (Same<A[K], B[K]> extends true ? never : K) : K;
}[keyof A | keyof B];
type None<T extends never> = T;

export type Checked = [
  None<Differing<Replies, DefinedReplies>>,
  None<Differing<Pushes, DefinedPushes>>,
  None<Differing<Parts, DefinedParts>>,
];
