import type { ChatEvent } from './events';
import type { Broadcast, Connection, Entry, Membership, Room, User } from './types';

/** What the chat needs of the world. `functions/aws` fills these with AWS; tests fill them with memory. */

export interface Connections {
  /**
   * Records a connection, its session and its first room, all or nothing.
   */
  open(connection: Connection, membership: (Membership & { shards: number }) | undefined): Promise<void>;
  /** The connection's record, or undefined if it is not known (any more). */
  find(connectionId: string): Promise<Connection | undefined>;
  /**
   * Adds a row: the connection is in a room. `home` makes it the one room of a plain connection. A row that is there
   * already stays, with its `joinedAt`.
   *
   * @returns false, having written nothing, if the connection is not known any more.
   */
  join(membership: Membership & { shards: number }, home: boolean): Promise<boolean>;
  /** Removes a row. */
  leave(connectionId: string, room: string): Promise<void>;
  /** The rooms the connection is in, read consistently. */
  memberships(connectionId: string): Promise<Membership[]>;
  /**
   * Removes the connection's record, after which it can join no room, and returns it; undefined if there is none.
   */
  forget(connectionId: string): Promise<Connection | undefined>;
  /** Notes on the session when the connection ended; the first note counts, and a session that is not there stays so. */
  noteDisconnect(connectionId: string, at: number): Promise<void>;
}

/** What is known of a sender at one instant, read consistently. */
export interface SenderView {
  /** The connection's budgets: theoretical arrival times, see `budget.ts`. */
  session?: { arrival?: number; failedJoins?: number };
  connection?: Connection;
  membership?: Membership;
  room?: Room;
}

/** A message to store, and the budgets it is charged to. */
export interface Append {
  entry: Entry;
  /** What a repeated `clientMsgId` is compared by. */
  textHash: string;
  connectionId: string;
  /** The session's budget before and after; appended only if it still is what it was before. */
  arrival: { before: number | undefined; after: number };
  /** The room's budget after, where it has one; the room's `seq` guards it. */
  roomArrival?: number;
}

/** What became of an append. */
export type Appended =
  | { outcome: 'stored' }
  /** Another entry or request came first, or the items are locked by another transaction: nothing was written. */
  | { outcome: 'lost-race' }
  /** This user has sent this `clientMsgId` to this room before: nothing was written. */
  | { outcome: 'duplicate'; seq: number; textHash: string };

export type EntryRange = { after: number; limit: number } | { before: number; limit: number };

export interface RoomLog {
  /** The sender's connection, its membership of `room`, and the room, in one consistent read. */
  readSender(connectionId: string, room: string): Promise<SenderView>;
  /** The room at this instant, consistently; undefined if there is none. */
  readRoom(room: string): Promise<Room | undefined>;
  /** The rooms that exist among these, consistently and in no order. */
  readRooms(rooms: readonly string[]): Promise<Room[]>;
  /** Creates the room if there is none, and says whether; a room that exists is left as it is. */
  createRoom(room: Room): Promise<boolean>;
  /**
   * One transaction: the room's `seq` moves to the entry's if it still is the one before, the entry is stored, the
   * pair (user, `clientMsgId`) is taken for a day if it was free, and the session is charged and notes the message.
   */
  append(append: Append): Promise<Appended>;
  /** Charges one of a session's budgets, if it still is `before`, and says whether it was. */
  chargeSession(
    connectionId: string,
    budget: keyof NonNullable<SenderView['session']>,
    before: number | undefined,
    after: number,
  ): Promise<boolean>;
  readEntry(room: string, seq: number): Promise<Entry | undefined>;
  /**
   * Up to `limit` entries in the log's order, read consistently, without those that have expired:
   * from the first after `after`, or up to the last before `before`.
   */
  readEntries(room: string, range: EntryRange): Promise<Entry[]>;
}

/** A user in a room, however many connections it has there. */
export interface Member extends User {
  /** When the user's earliest connection there joined. */
  joinedAt: number;
}

/** Who is in a room, by user and not by connection. */
export interface Presence {
  /**
   * Counts a connection among a user's in a room; again, it does no harm.
   *
   * @returns whether it is the user's first there: whether the user has joined.
   */
  enter(room: string, user: User, connectionId: string): Promise<boolean>;
  /**
   * Takes a connection out again; again, it does no harm.
   *
   * @returns whether it was the user's last there: whether the user has left.
   */
  leave(room: string, userId: string, connectionId: string): Promise<boolean>;
  /** Adds to a room's member count (0 to read it), and returns what it is then. */
  count(room: string, change: -1 | 0 | 1): Promise<number>;
  /**
   * A page of a room's members by one index key, in the order of their `userId`, from the first after `afterUserId`.
   * As the index lags, it may miss who has just joined.
   */
  list(
    room: string,
    shard: number,
    afterUserId: string | undefined,
    limit: number,
  ): Promise<{ members: Member[]; more: boolean }>;
}

export interface Broadcasts {
  /** The budget of all broadcasts together: a theoretical arrival time, see `budget.ts`; undefined if never used. */
  readBudget(): Promise<number | undefined>;
  /**
   * One transaction: charges the budget, if it still is `before`, and keeps the broadcast for those who list sessions.
   *
   * @returns false, having written nothing, if another broadcast was charged meanwhile.
   */
  keep(broadcast: Broadcast, budget: { before: number | undefined; after: number }): Promise<boolean>;
}

export interface Bus {
  /** Publishes an event for delivery. Resolves only when the bus has taken it. */
  publish(event: ChatEvent): Promise<void>;
}
