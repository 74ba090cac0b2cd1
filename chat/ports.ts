import type { Rate } from './limits/budget';
import type { ChatEvent } from './protocol/events';
import type {
  Broadcast,
  Connection,
  Entry,
  Invite,
  Membership,
  Role,
  Room,
  RoomLogRef,
  RoomRef,
  Standing,
  User,
} from './types';

/** Ports that the domain depends on. `aws` implements them with AWS services, tests with memory. */

/** The claims of a verified token (RFC 7519). `exp` is in epoch seconds. */
export interface Claims {
  iss: string;
  sub: unknown;
  exp: number;
  [name: string]: unknown;
}

export interface TokenVerifier {
  /**
   * Verifies a token's signature, issuer, audience and period of validity, and returns its claims.
   *
   * @throws ProblemError `unauthenticated` if the token is not valid. Any other error means that the keys of the issuer are
   *   unavailable.
   */
  verify(token: string): Promise<Claims>;
}

/** A membership to store. */
export type NewMembership = Membership & {
  shards: number;
  /** The membership expires with the token. Undefined for guests. */
  tokenExpiresAt?: number;
};

export interface Connections {
  /**
   * Stores a connection's record, its session and its first membership, all or nothing.
   *
   * @returns false if the admission to the first room no longer holds. Nothing is written then.
   */
  open(
    connection: Connection,
    membership: NewMembership | undefined,
    admission?: Admission,
  ): Promise<boolean>;
  /** Returns the connection's record, or undefined if it does not exist or has expired. */
  find(connectionId: string): Promise<Connection | undefined>;
  /**
   * Stores a membership row, and replaces an existing one. Uses the invite of the admission, if it has one, in the same
   * transaction.
   *
   * @param plain the current room of a plain connection as it was read. The new room replaces it.
   * @returns why nothing was written: the connection record does not exist, the admission no longer holds, the current
   *   room of a plain connection is another one, or the connection is in `MAX_ROOMS` rooms.
   */
  addMembership(
    membership: NewMembership,
    plain: { room: string | undefined } | undefined,
    admission: Admission,
  ): Promise<'added' | 'no-record' | 'not-admitted' | 'moved' | 'too-many-rooms'>;
  /** Makes room for another room, after a connection has left one. */
  forgetRoom(connectionId: string, room: string): Promise<void>;
  /** Changes the role of an existing membership row, unless the row has a newer one. */
  setMembershipRole(connectionId: string, room: string, role: Role, standingVersion: number): Promise<void>;
  /** Changes when a membership expires to the expiry of a new token. Creates no row. */
  extendMembership(membership: Membership, tokenExpiresAt: number): Promise<void>;
  /**
   * Changes when a connection's record expires to the expiry of a new token. Memberships keep their expiry.
   *
   * @returns false if the record does not exist.
   */
  extendRecord(connection: Connection, tokenExpiresAt: number): Promise<boolean>;
  /** Deletes a membership row. With `joinedAt`, only if the connection has not joined again since. */
  removeMembership(connectionId: string, room: string, joinedAt?: number): Promise<void>;
  /** Returns the connection's memberships, read consistently. */
  listMemberships(connectionId: string): Promise<Membership[]>;
  /** Deletes the connection's record, after which it cannot join rooms. Returns the record if it existed. */
  deleteRecord(connectionId: string): Promise<Connection | undefined>;
  /**
   * Adds a room to those of the session, and stores the name of the join. Creates no session. Has no effect if the session has
   * `MAX_ROOMS` other rooms, so that it cannot grow without limit.
   */
  recordJoin(connectionId: string, room: string, username: string): Promise<void>;
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
  /** Returns up to `limit` users who are banned from a room at the time `now`, by user ID. */
  listBans(room: RoomLogRef, now: number, limit: number): Promise<Ban[]>;
}

/** A user who cannot join a room. */
export interface Ban {
  userId: string;
  bannedUntil: number;
  bannedName?: string;
}

export interface Invites {
  create(invite: Invite): Promise<void>;
  /** Reads an invite consistently. Returns undefined if there is none with this hash. */
  find(hash: string): Promise<Invite | undefined>;
}

/** The direct rooms, by their two users in any order. */
export interface DirectRooms {
  /** Returns the number of the room, read consistently, or undefined if there is none. The room may have expired. */
  find(users: readonly string[]): Promise<string | undefined>;
  /**
   * Creates a direct room for its two users.
   *
   * @param expired the number of the users' previous room, which no longer exists.
   * @returns false if the number is taken, or if the users have another room. Nothing is written then.
   */
  create(room: Room & { users: readonly string[] }, expired: string | undefined): Promise<boolean>;
}

/** A consistent view of a sender, a room and the sender's membership in it. */
export interface SenderView {
  connection?: Connection;
  membership?: Membership;
  room?: Room;
}

/** The settings of a room that moderators can change. */
export type RoomSettings = Pick<Room, 'name' | 'topic' | 'slowModeSeconds'>;

/** A cost to charge to one of an owner's budgets. */
export interface BudgetCharge {
  budget: string;
  rate: Rate;
  units: number;
}

/** Units of credit that a charge adds and takes. It fails if the owner has less than it spends, unless it buys more. */
export interface Credit {
  spend: number;
  buy?: number;
}

export type BudgetResult =
  | { allowed: true }
  /** Nothing was charged. `needsCredit` if credit is all that is missing. */
  | { allowed: false; retryAfterMs: number; needsCredit: boolean };

/** Rate limits. Charges that arrive at the same time are exact: together they never exceed a budget. */
export interface Budgets {
  /** Charges all of the costs, or none if one of them exceeds its budget. */
  charge(owner: string, charges: readonly BudgetCharge[], credit?: Credit): Promise<BudgetResult>;
  /** Returns a charge to its budget. */
  refund(owner: string, charge: BudgetCharge): Promise<void>;
}

/** Counts the open connections of users. */
export interface OpenConnections {
  /**
   * Counts a connection as open until `forgetConnection`, and for two hours at most.
   *
   * @returns the user's open connections, oldest first, if there are `max` of them. Nothing is written then.
   */
  openConnection(
    userId: string,
    connectionId: string,
    max: number,
  ): Promise<{ connectionId: string; openedAt: number }[] | undefined>;
  /** Deletes the budgets of a user's closed connection, and no longer counts it as open. */
  forgetConnection(userId: string, connectionId: string): Promise<void>;
}

/** Reads senders. */
export interface Senders {
  /** Reads the sender's connection and membership together with the room, consistently. */
  readSender(connectionId: string, room: string): Promise<SenderView>;
}

export interface Rooms {
  /** Reads a room and the head of its log consistently. Returns undefined if the room does not exist. */
  readRoom(room: string): Promise<Room | undefined>;
  /** Creates the room unless its number is taken. Returns whether it was created. */
  createRoom(room: Room): Promise<boolean>;
}

/** Reads several rooms at once. */
export interface RoomLists {
  /** Returns those of the rooms that exist, read consistently and in no particular order. */
  readRooms(rooms: readonly string[]): Promise<RoomRef[]>;
  /** Returns the head sequence of each room, read consistently. It is 0 for rooms without entries, and for missing rooms. */
  readHeads(rooms: readonly string[]): Promise<ReadonlyMap<string, number>>;
}

/** Keeps rooms in use. */
export interface RoomUpkeep {
  /** Keeps a room for another while. Rooms without messages and joins expire. */
  renewRoom(room: Room): Promise<void>;
  /** Changes the number of a room's index keys, unless another request has changed it first. */
  growRoom(room: Room, growth: Required<Pick<Room, 'shards' | 'formerShards' | 'grownAt'>>): Promise<void>;
}

export interface RoomConfiguration {
  /**
   * Changes a room's settings. An empty text and 0 remove a setting; undefined keeps it.
   *
   * @returns the changed room, or undefined if it does not exist.
   */
  updateSettings(room: RoomLogRef, settings: RoomSettings): Promise<(RoomRef & RoomSettings) | undefined>;
}

/** A message to store. */
export interface AppendRequest {
  /** The room as it was read. */
  room: Room;
  /** Its `seq` follows the room's head. */
  entry: Entry;
  /** Distinguishes a retry from a reused `clientMsgId`. */
  textHash: string;
  /** The claim with which the previous attempt lost a race. */
  lost?: Claimed | undefined;
}

/** The position that is claimed for a message, and the message ID with which it is stored. */
export interface Claimed {
  position: string;
  messageId: string;
}

export type AppendResult =
  /** The entry is in the log. `duplicate` if an earlier request has sent this `clientMsgId`. */
  | { outcome: 'stored' | 'duplicate'; entry: Entry }
  /** The message is not stored, because another entry has its position, or the room has another log. */
  | { outcome: 'lost-race'; lost?: Claimed }
  /** The user has already sent this `clientMsgId` with another text. */
  | { outcome: 'reused-id' };

export interface Appends {
  /**
   * Appends a message to the room's log. A message that is repeated with the same `clientMsgId` within a day is stored once,
   * even if an earlier request failed half-way: the retry then completes it.
   */
  append(request: AppendRequest): Promise<AppendResult>;
}

export interface Changes {
  /**
   * Stores an entry that deletes or edits a message, and changes the message in the same transaction: a deleted message
   * becomes void and loses its text, an edited one gets the text of the entry.
   *
   * @param room the room as it was read.
   * @returns false if the room or the message was changed first. Nothing is written then.
   */
  change(room: Room, entry: Entry, message: Entry): Promise<boolean>;
}

/** The parts of a message that identify the turn of its sender in slow mode. */
export type Turn = Pick<Entry, 'room' | 'from' | 'clientMsgId' | 'ts'>;

export interface Turns {
  /**
   * Takes the sender's turn in a room in slow mode until `nextSendAt`. A message that was sent before, with the same
   * `clientMsgId`, needs none.
   *
   * @returns the end of the current turn, if the sender has to wait. Nothing is written then.
   */
  takeTurn(message: Turn, nextSendAt: number): Promise<number | undefined>;
}

export interface RoomBudgets {
  /** Charges a message to the room's budget. */
  chargeRoom(room: Room, rate: Rate): Promise<BudgetResult>;
}

export type EntryRange = { after: number; limit: number } | { before: number; limit: number };

/** Reads the log of a room. */
export interface Entries {
  /** Returns the entry, read consistently, unless it has expired. */
  readEntry(log: RoomLogRef, seq: number): Promise<Entry | undefined>;
  /** Returns the unexpired ones of some entries, read consistently and in no particular order. */
  readEntriesBySeq(log: RoomLogRef, seqs: readonly number[]): Promise<Entry[]>;
  /**
   * Returns up to `limit` unexpired entries in log order, read consistently: the first ones after `after`, or the last
   * ones before `before`.
   */
  readEntries(log: RoomLogRef, range: EntryRange): Promise<Entry[]>;
}

/** A user in a room, regardless of the number of connections. */
export interface Member extends User {
  /** When the user's first current connection joined. */
  joinedAt: number;
}

/** The sockets of open connections. */
export interface Sockets {
  /** Sends one text frame. Has no effect if the connection is closed. */
  post(connectionId: string, frame: string): Promise<unknown>;
  /** Closes a connection. Has no effect if it is closed already. */
  close(connectionId: string): Promise<void>;
}

/** Tracks the users in a room. */
export interface Presence {
  /**
   * Adds a connection to a user's connections in a room. Idempotent.
   *
   * @returns the room's member count, whether the connection is the first one, that is, whether the user has joined, and
   *   the name that a user had in the room until now, if it was another one.
   */
  addConnection(
    room: string,
    user: User,
    connectionId: string,
  ): Promise<{ hasJoined: boolean; memberCount: number; previousName?: string }>;
  /**
   * Removes a connection from a user's connections in a room. Idempotent.
   *
   * @returns the room's member count if the connection was the last one, that is, if the user has left.
   */
  removeConnection(room: string, userId: string, connectionId: string): Promise<number | undefined>;
  /** Returns whether a user is a member of a room, or was one a short time ago. */
  isKnown(room: string, userId: string): Promise<boolean>;
  /** Returns the IDs of a user's connections in a room, also of those whose join failed half-way. */
  listConnections(room: RoomRef, userId: string): Promise<string[]>;
  /**
   * Returns the IDs of a user's `roomcast.v1` connections in a room. The index is eventually consistent, so the list may miss
   * connections that have just joined, and contain closed ones.
   */
  listReceivers(room: RoomRef, userId: string): Promise<string[]>;
  /**
   * Lists up to `limit` `roomcast.v1` connections of a room. The index is eventually consistent, so the list may miss
   * connections that have just joined, and contain closed ones.
   */
  listAudience(room: RoomRef, limit: number): Promise<{ connectionId: string; userId: string }[]>;
  /** Returns a room's member count. Users whose connections were lost unnoticed count until their rows expire. */
  countMembers(room: string): Promise<number>;
  /**
   * Lists the users of one shard, sorted by `userId`, with their connections from before the room grew. The index is
   * eventually consistent, so the page may miss users who have just joined.
   */
  listMembers(
    room: RoomRef,
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

/** The reply to a request of the server API. */
export interface StoredReply {
  statusCode: number;
  body: object;
}

/** Stores the replies to requests of the server API by idempotency key. */
export interface IdempotencyKeys {
  /**
   * Claims a key for a request, unless another request has claimed or used it. Takes over a claim without a reply from
   * before `staleBefore`.
   *
   * @returns undefined if the key is claimed now, otherwise the earlier request and its reply if it has one.
   */
  claim(claim: {
    key: string;
    requestHash: string;
    now: number;
    staleBefore: number;
  }): Promise<{ requestHash: string; reply?: StoredReply } | undefined>;
  storeReply(key: string, reply: StoredReply): Promise<void>;
  release(key: string): Promise<void>;
}

export interface EventBus {
  /** Publishes an event. Resolves when the bus has accepted it. */
  publish(event: ChatEvent): Promise<void>;
}
