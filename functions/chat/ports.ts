import type { ChatEvent } from './events';
import type { Connection, Entry, Membership, Room } from './types';

/** What the chat needs of the world. `functions/aws` fills these with AWS; tests fill them with memory. */

export interface Connections {
  /**
   * Records a connection, its session and its first room, all or nothing.
   */
  open(connection: Connection, membership: (Membership & { shards: number }) | undefined): Promise<void>;
  /** The connection's record, or undefined if it is not known (any more). */
  find(connectionId: string): Promise<Connection | undefined>;
  /**
   * Removes every row of a connection, its record first so that nothing can be joined meanwhile, and stamps its
   * session. Calling it again, or for a connection that never was, does no harm.
   *
   * @returns the rooms it was removed from.
   */
  close(connectionId: string, disconnectedAt: number): Promise<string[]>;
}

/** What is known of a sender at one instant, read consistently. */
export interface SenderView {
  connection?: Connection;
  membership?: Membership;
  room?: Room;
}

/** What became of an append. */
export type Appended =
  | { outcome: 'stored' }
  /** Another entry took this `seq` first, or the items are locked by another transaction: nothing was written. */
  | { outcome: 'lost-race' }
  /** This user has sent this `clientMsgId` to this room before: nothing was written. */
  | { outcome: 'duplicate'; seq: number; textHash: string };

export interface RoomLog {
  /** The sender's connection, its membership of `room`, and the room, in one consistent read. */
  readSender(connectionId: string, room: string): Promise<SenderView>;
  /** The room at this instant, consistently; undefined if there is none. */
  readRoom(room: string): Promise<Room | undefined>;
  /** Creates the room if there is none; a room that exists is left as it is. */
  createRoom(room: Room): Promise<void>;
  /**
   * One transaction: the room's `seq` moves to the entry's if it still is the one before, the entry is stored, and
   * the pair (user, `clientMsgId`) is taken for a day if it was free.
   */
  append(entry: Entry, textHash: string): Promise<Appended>;
  readEntry(room: string, seq: number): Promise<Entry | undefined>;
  /** Notes on the session what the connection sent last, and when. */
  noteLatestMessage(connectionId: string, text: string, ts: number): Promise<void>;
}

export interface Bus {
  /** Publishes an event for delivery. Resolves only when the bus has taken it. */
  publish(event: ChatEvent): Promise<void>;
}
