/** The nouns of the chat. Times are epoch milliseconds unless a name says otherwise. */

/** How a connection talks; chosen at connect time and kept. */
export type Protocol = 'plain' | 'roomcast.v1';

export interface User {
  /** Stable for one guest secret; never taken from a frame. */
  userId: string;
  /** A display name, 1 to 32 characters. */
  username: string;
}

/** A connection's record: who is behind it and how it talks. Exists as long as the connection is known. */
export interface Connection extends User {
  connectionId: string;
  protocol: Protocol;
  connectedAt: number;
  /** The one room a plain connection is in; `roomcast.v1` connections name the room in each frame. */
  plainRoom?: string;
}

/** A connection's place in one room. */
export interface Membership extends User {
  connectionId: string;
  room: string;
  protocol: Protocol;
  joinedAt: number;
}

/** A room as its log sees it. */
export interface Room {
  room: string;
  /** What its creator called it. */
  name?: string;
  /** Random at the room's creation: two logs of the same number are told apart by it. */
  epoch: string;
  /** The newest entry's `seq`; 0 for an empty log. */
  seq: number;
  /** How many index keys the room's connections are spread over. Only grows. */
  shards: number;
  /** The newest entry's `ts`; no later entry has an earlier one. */
  lastTs: number;
  /** The lobby's budget: a theoretical arrival time, see `budget.ts`. */
  arrival?: number;
}

/** One entry of a room's log. `seq` counts 1, 2, 3 … per room without gaps. */
export interface Entry {
  room: string;
  epoch: string;
  seq: number;
  kind: 'message';
  messageId: string;
  clientMsgId?: string;
  from: User;
  text: string;
  ts: number;
}

/** A text to everyone who is connected, outside every room's order. */
export interface Broadcast {
  messageId: string;
  text: string;
  ts: number;
}

/** What an operator asks about a connection. */
export interface Session {
  connectionId: string;
  userId: string;
  /** As they called themselves when they last spoke, or else when they came. */
  username?: string;
  connectionTime: number;
  disconnectTime?: number;
  latestMessage?: string;
  latestMessageTime?: number;
}
