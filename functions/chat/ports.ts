import type { ChatEvent } from './events';
import type {
  Broadcast,
  Connection,
  Entry,
  Membership,
  Role,
  Room,
  RoomLogRef,
  Standing,
  User,
} from './types';

/** Ports that the domain depends on. `functions/aws` implements them with AWS services, tests with memory. */

export interface Connections {
  /**
   * Stores a connection's record, its session and its first membership, all or nothing.
   *
   * @returns false if the admission to the first room no longer holds. Nothing is written then.
   */
  open(
    connection: Connection,
    membership: (Membership & { shards: number }) | undefined,
    admission?: Admission,
  ): Promise<boolean>;
  /** Returns the connection's record, or undefined if it does not exist or has expired. */
  find(connectionId: string): Promise<Connection | undefined>;
  /**
   * Stores a membership row, and replaces an existing one. Uses the invite of the admission, if it has one, in the same
   * transaction.
   *
   * @param setPlainRoom whether to make the room the current room of a plain connection.
   * @returns why nothing was written: the connection record does not exist, or the admission no longer holds.
   */
  addMembership(
    membership: Membership & { shards: number },
    setPlainRoom: boolean,
    admission: Admission,
  ): Promise<'added' | 'no-record' | 'not-admitted'>;
  /** Changes the role of an existing membership row, unless the row has a newer one. */
  setMembershipRole(connectionId: string, room: string, role: Role, standingVersion: number): Promise<void>;
  removeMembership(connectionId: string, room: string): Promise<void>;
  /** Returns the connection's memberships, read consistently. */
  listMemberships(connectionId: string): Promise<Membership[]>;
  /** Deletes the connection's record, after which it cannot join rooms. */
  deleteRecord(connectionId: string): Promise<void>;
  /** Stores the time of the disconnect in the session. Keeps the first time, and creates no session. */
  recordDisconnect(connectionId: string, at: number): Promise<void>;
}

/** The conditions under which a user was admitted to a room. The transaction of the join requires that they still hold. */
export interface Admission {
  room: RoomLogRef;
  userId: string;
  /** The version of the user's standing. A ban changes it. */
  standingVersion: number;
  /** The invite to use. It must have a use left at `now`. Its role is stored in the standing. */
  invite?: { hash: string; role: Role; now: number };
}

/** Stores what rooms have decided about users. */
export interface Standings {
  /** Reads a user's standing consistently. Without one, its version is 0. */
  read(room: RoomLogRef, userId: string): Promise<Standing>;
  /**
   * Stores a user's standing with the version after `standing.version`.
   *
   * @returns false if the stored version is not `standing.version`. Nothing is written then.
   */
  replace(room: RoomLogRef, userId: string, standing: Standing): Promise<boolean>;
  /** Returns the roles that a room has granted to the users from `firstUserId` to `lastUserId`, by user ID. */
  listRoles(room: RoomLogRef, firstUserId: string, lastUserId: string): Promise<ReadonlyMap<string, Role>>;
}

/** A consistent view of a sender, a room and the sender's membership in it. */
export interface SenderView {
  /** The connection's budgets as theoretical arrival times: see `budget.ts`. */
  session?: { arrival?: number; failedJoins?: number };
  connection?: Connection;
  membership?: Membership;
  room?: Room;
}

/** A message to store, and the budgets to charge. */
export interface AppendRequest {
  entry: Entry;
  /** Distinguishes a retry from a reused `clientMsgId`. */
  textHash: string;
  connectionId: string;
  /** The session's budget. Nothing is written unless its stored value is `before`. */
  arrival: { before: number | undefined; after: number };
  /** The new value of the room's budget, if it has one. The condition on the room's `seq` protects it. */
  roomArrival?: number;
}

export type AppendResult =
  | { outcome: 'stored' }
  /** Another request changed the room or the session first, or its transaction is in progress. Nothing was written. */
  | { outcome: 'lost-race' }
  /** The user has already sent this `clientMsgId` to this room. Nothing was written. */
  | { outcome: 'duplicate'; seq: number; textHash: string };

export type EntryRange = { after: number; limit: number } | { before: number; limit: number };

export interface RoomLog {
  /** Reads the sender's connection, session and membership together with the room, consistently. */
  readSender(connectionId: string, room: string): Promise<SenderView>;
  /** Reads a room consistently. Returns undefined if it does not exist. */
  readRoom(room: string): Promise<Room | undefined>;
  /** Returns those of the rooms that exist, read consistently and in no particular order. */
  readRooms(rooms: readonly string[]): Promise<Room[]>;
  /** Creates the room unless it exists. Returns whether it was created. */
  createRoom(room: Room): Promise<boolean>;
  /**
   * Stores an entry in one transaction, which increments the room's `seq`, stores the entry, marks the user's
   * `clientMsgId` as used for a day, charges the session and stores the message as its latest.
   */
  append(request: AppendRequest): Promise<AppendResult>;
  /** Charges one of a session's budgets if its stored value is `before`. Returns whether it was charged. */
  chargeSession(
    connectionId: string,
    budget: keyof NonNullable<SenderView['session']>,
    before: number | undefined,
    after: number,
  ): Promise<boolean>;
  readEntry(room: string, seq: number): Promise<Entry | undefined>;
  /**
   * Returns up to `limit` unexpired entries in log order, read consistently: the first ones after `after`, or the last
   * ones before `before`.
   */
  readEntries(room: string, range: EntryRange): Promise<Entry[]>;
}

/** A user in a room, regardless of the number of connections. */
export interface Member extends User {
  /** When the user's first current connection joined. */
  joinedAt: number;
}

/** Tracks the users in a room. */
export interface Presence {
  /**
   * Adds a connection to a user's connections in a room. Idempotent.
   *
   * @returns the room's member count, and whether the connection is the first one, that is, whether the user has joined.
   */
  addConnection(
    room: string,
    user: User,
    connectionId: string,
  ): Promise<{ hasJoined: boolean; memberCount: number }>;
  /**
   * Removes a connection from a user's connections in a room. Idempotent.
   *
   * @returns the room's member count if the connection was the last one, that is, if the user has left.
   */
  removeConnection(room: string, userId: string, connectionId: string): Promise<number | undefined>;
  /** Returns a room's member count. Users whose connections were lost unnoticed count until their rows expire. */
  countMembers(room: string): Promise<number>;
  /**
   * Lists the members under one index key, sorted by `userId`. The index is eventually consistent, so the page may miss
   * users who have just joined.
   */
  listMembers(
    room: string,
    shard: number,
    afterUserId: string | undefined,
    limit: number,
  ): Promise<{ members: Member[]; hasMore: boolean }>;
}

export interface Broadcasts {
  /** Returns the shared budget as a theoretical arrival time, or undefined if it was never charged: see `budget.ts`. */
  readBudget(): Promise<number | undefined>;
  /**
   * Stores a broadcast and charges the budget in one transaction, if the budget's stored value is `before`.
   *
   * @returns false if another broadcast was charged first. Nothing is written then.
   */
  store(broadcast: Broadcast, budget: { before: number | undefined; after: number }): Promise<boolean>;
}

export interface EventBus {
  /** Publishes an event. Resolves when the bus has accepted it. */
  publish(event: ChatEvent): Promise<void>;
}
