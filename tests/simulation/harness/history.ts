import { createHash } from 'node:crypto';
import type { ExecutionSummary } from './execution-summary';

/** An entry of a room's log that a client received. */
export interface SeenEntry {
  readonly seq: number;
  readonly kind: string;
  readonly messageId: string;
  readonly text: string;
  readonly target?: number | undefined;
  readonly replyTo?: number | undefined;
}

/** The last entry that each user has read, by user ID. */
type Positions = Readonly<{ [user: string]: number }>;

/** The number of users who have reacted with each emoji. */
type Counts = Readonly<{ [emoji: string]: number }>;

/** An action or observation of a client, a socket, the event bus or another service. */
export type Occurrence =
  | { type: 'online'; client: string; user: string }
  | { type: 'send'; client: string; room: string; id: string; text: string; replyTo?: number | undefined }
  | { type: 'ack'; client: string; room: string; id: string; seq: number; messageId: string }
  | { type: 'refused'; client: string; room: string; action: string; problem: string }
  | { type: 'join'; client: string; room: string }
  | { type: 'joined'; client: string; room: string; epoch: string; from: number; recovered: boolean }
  | { type: 'receive'; client: string; room: string; entry: SeenEntry }
  | { type: 'unrecovered'; client: string; room: string; from: number }
  | { type: 'left'; client: string; room: string; problem?: string | undefined }
  /** A frame with a log entry that arrived at the device. It is recorded before the client library processes it. */
  | { type: 'frame'; client: string; room: string; seq: number; messageId: string }
  /** A connection that API Gateway has opened or closed. */
  | { type: 'opened'; client: string; connection: string }
  | { type: 'closed'; client: string; connection: string }
  /** The reply to a join that arrived at the device. After this reply, the connection receives the messages of the room. */
  | { type: 'entered'; client: string; room: string; connection: string }
  | { type: 'leave'; client: string; room: string }
  /** A problem that arrived at the device. The client library may retry the request. */
  | { type: 'problem'; client: string; action: string; problem: string }
  /** A broadcast that the server accepted, and its arrival at a device. */
  | { type: 'broadcast'; messageId: string }
  | { type: 'heard'; client: string; messageId: string }
  /** A row that the workflow deleted. `isOpen` shows whether its connection was open or in the handshake. */
  | { type: 'row deleted'; connection: string; isOpen: boolean }
  /** All messages have expired. */
  | { type: 'next day' }
  | { type: 'change'; client: string; room: string; action: 'edit' | 'delete'; seq: number; text: string }
  | { type: 'changed'; client: string; room: string; action: 'edit' | 'delete'; seq: number; at: number }
  /** Read positions that a client received. */
  | { type: 'read'; client: string; room: string; positions: Positions }
  /** The read positions of all members of a room. A client reads them at the end. */
  | { type: 'positions'; client: string; room: string; positions: Positions }
  | { type: 'react'; client: string; room: string; seq: number; emoji: string; remove: boolean }
  | { type: 'reacted'; client: string; room: string; seq: number; emoji: string; remove: boolean }
  /** The reaction counts of a message by emoji. A client reads them at the end. */
  | { type: 'reactions'; client: string; room: string; seq: number; counts: Counts }
  | { type: 'remove'; client: string; room: string; action: 'kick' | 'ban' | 'unban'; user: string }
  | { type: 'removed'; client: string; room: string; action: 'kick' | 'ban' | 'unban'; user: string }
  | { type: 'follow'; client: string; room: string; on: boolean }
  | { type: 'followed'; client: string; room: string; on: boolean }
  /** An event for a follower who is away. */
  | { type: 'missed'; user: string; room: string; seq: number; messageId: string }
  | { type: 'published'; event: string; detailType: string; targets: number; messageId?: string | undefined }
  | { type: 'delivery'; event: string; outcome: 'delivered' | 'dead-lettered' | 'lost' }
  | ({ type: 'execution'; event: string; status: string } & ExecutionSummary)
  | { type: 'dead letter'; event: string; detailType: string }
  | { type: 'fault'; fault: string; at: string }
  | { type: 'faults end' }
  /** The log and the members of a room. A client reads them at the end. */
  | { type: 'log'; client: string; room: string; epoch: string; entries: readonly SeenEntry[] }
  | { type: 'members'; client: string; room: string; memberCount: number; users: readonly string[] }
  | { type: 'view'; client: string; room: string; lastSeq: number }
  /** A row that remains in the connections table at the end although its connection is closed. */
  | { type: 'stale row'; connection: string; room: string };

/** An occurrence and its virtual time in milliseconds since the start. */
export type Record = Occurrence & { t: number };

/** The records of a run. Checks use only these records. */
export class History {
  readonly records: Record[] = [];

  constructor(private readonly elapsed: () => number) {}

  add(occurrence: Occurrence): void {
    this.records.push({ t: this.elapsed(), ...occurrence });
  }

  /** Returns one line of JSON for each record. */
  toText(): string {
    return this.records.map((record) => `${JSON.stringify(record)}\n`).join('');
  }

  hash(): string {
    return createHash('sha256').update(this.toText()).digest('hex');
  }
}
