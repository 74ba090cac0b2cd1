import type {
  BroadcastPush,
  CreatedReply,
  Entry,
  HistoryReply,
  JoinedReply,
  MemberJoinedPush,
  MemberLeftPush,
  MembersReply,
  MessagePush,
  PongReply,
  Problem,
} from '../protocol';

/**
 * What the core knows, what happens to it and what it wants done. Times are milliseconds. The states and transitions
 * are written down in the package's README.
 */

export type Phase = 'connecting' | 'online' | 'waiting' | 'closed';

/** Everything the client knows. Only `step` changes it. */
export interface Core {
  phase: Phase;
  /** When the event under way happened. */
  now: number;
  random: () => number;
  /** What the event under way has led to, so far. */
  effects: Effect[];
  /** The connection that requests go to. */
  link?: Link;
  /** The connection that will take its place: a rotation is under way. */
  next?: Link;
  /** The connection whose place was taken, for as long as something may come from it. */
  old?: Link;
  /** Connections in vain since the last that was good for something. */
  attempt: number;
  /** Time to the next heartbeat. */
  beatMs: number;
  rooms: Map<string, RoomState>;
  /** Requests without a final answer, oldest first, by their `id`. */
  calls: Map<string, Call>;
  /** Marks of the last pushes that have no place in an order, as each may come more than once. */
  seen: string[];
  /** What sockets and requests are numbered by. */
  count: number;
  username?: string;
}

/** A connection, known by the number of its socket. */
export interface Link {
  socket: number;
  open: boolean;
  /** The old connection has lingered long enough. */
  spent?: boolean;
}

export interface Place {
  epoch: string;
  lastSeq: number;
}

/** A room one is in, or wants to be in. */
export interface RoomState {
  room: string;
  username?: string;
  /** Undefined until the room was joined once. */
  epoch?: string;
  /** The `seq` up to which every entry is applied. */
  last: number;
  /** The highest `seq` that is known to exist. */
  goal: number;
  /** Entries beyond a gap. */
  held: Map<number, Entry>;
  /** Pushes that came before `joined`. */
  early: RoomPush[];
  /** The sockets on which the server said `joined`. */
  joined: Set<number>;
  gapTimer: boolean;
  /** `ts` of the newest member count. */
  countTs: string;
  /** Promises that wait for `joined`. */
  tickets: number[];
}

export type Action = 'createRoom' | 'joinRoom' | 'leaveRoom' | 'sendmessage' | 'history' | 'members' | 'ping';

/** A request, from its making to its final answer. */
export interface Call {
  id: string;
  action: Action;
  fields: { room?: string; username?: string; resume?: Place } & Record<string, unknown>;
  /** The promise that waits for the answer. */
  ticket?: number;
  /** The socket it is about. A call that is bound ends with its socket; others move on to the next. */
  bound?: number;
  /** The socket it was sent on, and whose answer is awaited. */
  sentOn?: number;
  /** It waits until it may be tried again. */
  waiting?: boolean;
  tries: number;
  /** The answer does not matter any more. */
  dropped?: boolean;
  /** Of a send: when the message was made. */
  at?: number;
  /** Of a fill: the `seq` that is known to exist. */
  goal?: number;
  /** Of a ping: where each room was when it was sent, by room. */
  places?: Map<string, number>;
  /** Of a ping: it is a regular one. */
  beat?: boolean;
}

export type RoomPush = MessagePush | MemberJoinedPush | MemberLeftPush;

/** What happens to the core. */
export type Event =
  | { type: 'start'; username?: string }
  | { type: 'opened'; socket: number }
  | { type: 'closed'; socket: number }
  | { type: 'frame'; socket: number; frame: unknown }
  | { type: 'timer'; key: string }
  /** The machine says that it has a network again. */
  | { type: 'online' }
  | { type: 'create'; ticket: number; name?: string; username?: string }
  | { type: 'join'; ticket: number; room: string; username?: string; resume?: Place }
  | { type: 'leave'; ticket: number; room: string }
  /** A request about a room. Of a message also when it was made, and whether it was kept from an earlier time. */
  | {
      type: 'ask';
      ticket: number;
      action: 'sendmessage' | 'history' | 'members';
      fields: { room: string } & Record<string, unknown>;
      at?: number;
      kept?: boolean;
    }
  | { type: 'close' };

/** What the core wants done. */
export type Effect =
  | { type: 'open'; socket: number }
  | { type: 'shut'; socket: number }
  | { type: 'transmit'; socket: number; text: string }
  /** Sets a timer; one of the same key is replaced. A timer that has nothing to do any more does nothing. */
  | { type: 'timer'; key: string; ms: number }
  | { type: 'cancel'; key: string }
  | { type: 'resolve'; ticket: number; value: unknown }
  | { type: 'reject'; ticket: number; problem: Problem }
  | { type: 'phase'; phase: Phase }
  | { type: 'pong'; pong: PongReply }
  /** What follows is what comes after `from`. */
  | { type: 'joined'; room: string; from: number; reply: JoinedReply | CreatedReply }
  | { type: 'entry'; room: string; entry: Entry }
  /** What came after `lastSeq` and up to `from` cannot be had any more. */
  | { type: 'unrecovered'; room: string; epoch: string; lastSeq: number; from: number }
  | { type: 'member'; room: string; push: MemberJoinedPush | MemberLeftPush; current: boolean }
  | { type: 'left'; room: string; problem?: Problem }
  | { type: 'broadcast'; push: BroadcastPush }
  | { type: 'problem'; problem: Problem };

export type { CreatedReply, Entry, HistoryReply, JoinedReply, MembersReply, PongReply, Problem };
