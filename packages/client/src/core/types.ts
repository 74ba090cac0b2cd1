import type {
  BroadcastPush,
  CreatedReply,
  DirectMessagePush,
  Entry,
  JoinedReply,
  MemberJoinedPush,
  MemberLeftPush,
  MemberRenamedPush,
  MessagePush,
  PongReply,
  Problem,
  ReadPush,
  RoleChangedPush,
  RoomChangedPush,
  TypingPush,
} from '../protocol';

/**
 * The state of the client, the events that change it and the effects that `step` returns. Times are in milliseconds.
 * The package's README describes the states and transitions.
 */

/** State of the client's connection. */
export type Phase = 'connecting' | 'online' | 'waiting' | 'closed';

/** The complete state of a client. Only `step` changes it. */
export interface State {
  phase: Phase;
  /** Time of the current event. */
  now: number;
  random: () => number;
  /** Effects of the current event so far. */
  effects: Effect[];
  /** The connection that carries requests. */
  current?: Connection;
  /** The connection that replaces `current` once it has joined every room. */
  next?: Connection;
  /** The replaced connection, kept for replies and pushes that are still in transit. */
  previous?: Connection;
  /** Consecutive connection attempts without a successful reply. */
  failures: number;
  /** Interval until the next heartbeat. */
  heartbeatMs: number;
  rooms: Map<string, RoomState>;
  /** Requests without a final reply, by `id`, oldest first. */
  pending: Map<string, PendingRequest>;
  /** Keys of the latest unsequenced pushes, because each can arrive more than once. */
  recentPushes: string[];
  /** The last number used to identify a socket or a request. */
  lastId: number;
  username?: string;
}

export interface Connection {
  /** Identifies the WebSocket. */
  socket: number;
  isOpen: boolean;
  /** Set when the linger time of a replaced connection has passed. */
  hasLingered?: boolean;
}

/** A position in a room's log. `lastSeq` is the last entry the app has seen. */
export interface LogPosition {
  epoch: string;
  lastSeq: number;
}

/** A room that the client has joined or is joining. */
export interface RoomState {
  room: string;
  username?: string;
  /** The user's ID. Undefined until the first `joined` reply. */
  userId?: string;
  /** The code of an invite to the room. */
  invite?: string;
  /** Undefined until the first `joined` reply. */
  epoch?: string;
  /** Every entry up to this `seq` is applied. */
  lastSeq: number;
  /** The highest `seq` known to exist. */
  headSeq: number;
  /** Entries after a gap, by `seq`. */
  held: Map<number, Entry>;
  /** Pushes received before `joined`. */
  early: RoomPush[];
  /** Sockets on which the server has confirmed the membership. */
  joinedOn: Set<number>;
  hasGapTimer: boolean;
  /** `ts` of the latest member count. */
  memberCountTs: string;
  /** `ts` of the latest change of the room's settings. */
  settingsTs: string;
  /** When the last `typing` request was sent for this room, in epoch milliseconds. */
  typedAt?: number;
  /** The last entry that the user has read on this device, and whether a timer or a request will send it. */
  readSeq: number;
  isMarking?: boolean;
  /** The last entry that the server knows the user has read. */
  markedSeq: number;
  /** When `markedSeq` was last confirmed, in epoch milliseconds, and the minimum time until the next position is sent. */
  markedAt: number;
  readIntervalMs: number;
  /** Promises that resolve on `joined`. */
  joinPromises: number[];
}

/** Requests of the app that require a joined room. */
export type RoomAction =
  | 'joinRoom' // changes the user's name
  | 'sendmessage'
  | 'history'
  | 'members'
  | 'editMessage'
  | 'deleteMessage'
  | 'invite'
  | 'invites'
  | 'revokeInvite'
  | 'kick'
  | 'ban'
  | 'unban'
  | 'setRole'
  | 'setRoom'
  | 'markRead'
  | 'react'
  | 'follow'
  | 'block'
  | 'unblock';

export type Action = 'createRoom' | 'leaveRoom' | 'ping' | 'refreshToken' | RoomAction;

/** A request without a final reply. */
export interface PendingRequest {
  id: string;
  action: Action;
  fields: { room?: string; username?: string; resume?: LogPosition } & Record<string, unknown>;
  /** The promise to settle with the reply. */
  promise?: number;
  /** The only socket this request is valid on. Unbound requests move to the next connection. */
  boundTo?: number;
  /** The socket that the reply is expected on. */
  sentOn?: number;
  isBackingOff?: boolean;
  attempts: number;
  /** Set when the reply no longer matters. */
  isAbandoned?: boolean;
  /** When the app created the message. Only for `sendmessage`. */
  createdAt?: number;
  /** The `seq` to recover up to. Only for `history` requests that fill a gap. */
  targetSeq?: number;
  /** Each room's `lastSeq` when the ping was sent. Only for `ping`. */
  lastSeqs?: Map<string, number>;
  isHeartbeat?: boolean;
}

export type RoomPush =
  | MessagePush
  | MemberJoinedPush
  | MemberLeftPush
  | MemberRenamedPush
  | RoleChangedPush
  | RoomChangedPush
  | TypingPush
  | ReadPush;

/** Input of the state machine. */
export type Event =
  | { type: 'start'; username?: string }
  | { type: 'opened'; socket: number }
  /** A connection closed, or could not be opened for the given reason. */
  | { type: 'closed'; socket: number; reason?: string }
  | { type: 'frame'; socket: number; frame: unknown }
  | { type: 'timer'; key: string }
  /** A new token, after `fetchToken`. */
  | { type: 'token'; token: string }
  /** The operating system or browser reports that the network is back. */
  | { type: 'online' }
  | { type: 'create'; promise: number; fields: PendingRequest['fields'] }
  | {
      type: 'join';
      promise: number;
      room: string;
      username?: string;
      resume?: LogPosition;
      invite?: string;
    }
  | { type: 'leave'; promise: number; room: string }
  /** Messages also carry their creation time and whether they were restored from storage. */
  | {
      type: 'request';
      promise: number;
      action: RoomAction;
      fields: { room: string } & Record<string, unknown>;
      createdAt?: number;
      isRestored?: boolean;
    }
  /** The user is typing. Has no result. Has no effect within `intervalMs` of the last request, or without a connection. */
  | { type: 'typing'; room: string; intervalMs: number }
  /** The user has read the log up to `seq`. Sent at most once in `intervalMs`. Has no result. */
  | { type: 'read'; room: string; seq: number; intervalMs: number }
  /** The app no longer wants to send a message. */
  | { type: 'cancel'; clientMsgId: string }
  | { type: 'close' };

/** Output of the state machine. */
export type Effect =
  | { type: 'open'; socket: number }
  | { type: 'shut'; socket: number }
  | { type: 'transmit'; socket: number; text: string }
  /** Starts a timer, or restarts the timer with the same key. Timers that no longer apply have no effect. */
  | { type: 'timer'; key: string; ms: number }
  | { type: 'cancel'; key: string }
  | { type: 'fetchToken' }
  | { type: 'resolve'; promise: number; value: unknown }
  | { type: 'reject'; promise: number; problem: Problem }
  | { type: 'phase'; phase: Phase }
  | { type: 'pong'; pong: PongReply }
  /** The room is joined. Later entries start after `from`. */
  | { type: 'joined'; room: string; from: number; reply: JoinedReply | CreatedReply }
  | { type: 'entry'; room: string; entry: Entry }
  /** The entries after `lastSeq` up to `from` cannot be recovered. */
  | { type: 'unrecovered'; room: string; epoch: string; lastSeq: number; from: number }
  | { type: 'member'; room: string; push: MemberJoinedPush | MemberLeftPush; isLatest: boolean }
  | { type: 'settings'; room: string; push: RoomChangedPush; isLatest: boolean }
  | { type: 'role'; room: string; push: RoleChangedPush }
  /** A push that changes no state. */
  | { type: 'push'; room: string; push: MemberRenamedPush | TypingPush | ReadPush }
  | { type: 'left'; room: string; problem?: Problem }
  | { type: 'broadcast'; push: BroadcastPush }
  | { type: 'directMessage'; push: DirectMessagePush }
  | { type: 'problem'; problem: Problem };
