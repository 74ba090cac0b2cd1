import type { EventEmitter } from 'node:events';
import type {
  AckReply,
  BroadcastPush,
  CreatedReply,
  ErrorReply,
  HistoryReply,
  JoinedReply,
  MemberJoinedPush,
  MemberLeftPush,
  MessagePush,
  PongReply,
} from '../../packages/client/src/protocol';
import type { Connection } from './connection.mjs';

/** The replies to the requests that the scenarios send, by action. */
export interface Replies {
  createRoom: CreatedReply;
  joinRoom: JoinedReply;
  sendmessage: AckReply;
  history: HistoryReply;
  ping: PongReply;
}

export type Action = keyof Replies;
export type Push = MessagePush | MemberJoinedPush | MemberLeftPush | BroadcastPush;
export type ServerFrame = Replies[Action] | ErrorReply | Push;

/** The part of a WebSocket that the scenarios use. */
export interface Socket extends Pick<EventEmitter, 'on' | 'once'> {
  send(text: string): void;
  terminate(): void;
}

/** The emitter that Artillery passes to each function of a scenario. */
export interface Events {
  emit(kind: 'counter' | 'histogram', name: string, value: number): void;
}

/** A virtual user that receives pushes. */
export interface Receiver {
  /** When the last push arrived. */
  lastPushAt: number;
}

/** A virtual user in a room. */
export interface Member extends Receiver {
  room: string;
  epoch: string;
  /** The user must receive every entry after this sequence number. */
  baseline: number;
  /** The sequence numbers received by push or from history. */
  received: Set<number>;
  /** The sequence numbers pushed on the current connection. */
  pushed: Set<number>;
}

/** A virtual user that waits for broadcasts. */
export interface BroadcastReceiver extends Receiver {
  /** The IDs of the broadcasts received. */
  received: Set<string>;
}

/** The arguments of Artillery's WebSocket connection. */
export interface ConnectArguments {
  target?: string;
  subprotocols?: string[];
}

/** Artillery's context of a virtual user. The functions of a scenario add their variables. */
export interface Context<R extends Receiver = Receiver> {
  ws: Socket;
  vars: {
    /** The number of rooms, from the scenario file. */
    rooms: number;
    /** The number of virtual users, from the scenario file. */
    members?: number;
    /** The number of the virtual user, counted from 0. */
    number: number;
    connectStartedAt: number;
    connectArguments: Required<ConnectArguments>;
    connection: Connection;
    receiver: R;
    /** Settles when all messages sent on schedule are acknowledged or abandoned. */
    outbox?: Promise<void>;
  };
}
