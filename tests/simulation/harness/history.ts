import { createHash } from 'node:crypto';
import type { ExecutionSummary } from './execution-summary';

/** An entry of a room's log as a client has received it. */
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

/** How many users have reacted with each emoji. */
type Counts = Readonly<{ [emoji: string]: number }>;

/** What clients, sockets and the event bus have done and observed. */
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
  /** A frame with an entry of a room's log that arrived at the device, before the client library decides about it. */
  | { type: 'frame'; client: string; room: string; seq: number; messageId: string }
  /** A connection that API Gateway has opened or closed. */
  | { type: 'opened'; client: string; connection: string }
  | { type: 'closed'; client: string; connection: string }
  /** The reply to a join that arrived at the device. From here on, the connection receives the room's messages. */
  | { type: 'entered'; client: string; room: string; connection: string }
  | { type: 'leave'; client: string; room: string }
  /** A problem that arrived at the device. The client library may repeat the request. */
  | { type: 'problem'; client: string; action: string; problem: string }
  /** A broadcast that was accepted, and its arrival at a device. */
  | { type: 'broadcast'; messageId: string }
  | { type: 'heard'; client: string; messageId: string }
  /** A row that the workflow deleted, and whether its connection was open or opening. */
  | { type: 'row deleted'; connection: string; isOpen: boolean }
  /** All messages have expired. */
  | { type: 'next day' }
  | { type: 'change'; client: string; room: string; action: 'edit' | 'delete'; seq: number; text: string }
  | { type: 'changed'; client: string; room: string; action: 'edit' | 'delete'; seq: number; at: number }
  /** Positions that the client receives. */
  | { type: 'read'; client: string; room: string; positions: Positions }
  /** The positions of all members of a room, which a client reads at the end. */
  | { type: 'positions'; client: string; room: string; positions: Positions }
  | { type: 'react'; client: string; room: string; seq: number; emoji: string; remove: boolean }
  | { type: 'reacted'; client: string; room: string; seq: number; emoji: string; remove: boolean }
  /** The counts of a message by emoji, which a client reads at the end. */
  | { type: 'reactions'; client: string; room: string; seq: number; counts: Counts }
  | { type: 'remove'; client: string; room: string; action: 'kick' | 'ban' | 'unban'; user: string }
  | { type: 'removed'; client: string; room: string; action: 'kick' | 'ban' | 'unban'; user: string }
  | { type: 'published'; event: string; detailType: string; targets: number; messageId?: string | undefined }
  | { type: 'delivery'; event: string; outcome: 'delivered' | 'dead-lettered' | 'lost' }
  | ({ type: 'execution'; event: string; status: string } & ExecutionSummary)
  | { type: 'dead letter'; event: string; detailType: string }
  | { type: 'fault'; fault: string; at: string }
  | { type: 'faults end' }
  /** The log and the members of a room, which a client reads at the end. */
  | { type: 'log'; client: string; room: string; epoch: string; entries: readonly SeenEntry[] }
  | { type: 'members'; client: string; room: string; memberCount: number; users: readonly string[] }
  | { type: 'view'; client: string; room: string; lastSeq: number }
  /** A row of the connections table, at the end, whose connection is closed. */
  | { type: 'stale row'; connection: string; room: string };

/** An occurrence and its virtual time in milliseconds since the start. */
export type Record = Occurrence & { t: number };

/** What has happened in a run. Checks read nothing else. */
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
