import type { Connection, Membership, Role, Room, RoomLogRef, RoomRef, User } from '../types';

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
   *   room of a plain connection has changed, or the connection is in `MAX_ROOMS` rooms.
   */
  addMembership(
    membership: NewMembership,
    plain: { room: string | undefined } | undefined,
    admission: Admission,
  ): Promise<'added' | 'no-record' | 'not-admitted' | 'moved' | 'too-many-rooms'>;
  /** Removes a room that the connection has left from the rooms of its record. */
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
   * Adds a room to the rooms of the session, and stores the name of the join. Creates no session. Has no effect if the session has
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

/** A consistent view of a sender, a room and the sender's membership in it. */
export interface SenderView {
  connection?: Connection;
  membership?: Membership;
  room?: Room;
  /** The number of connections that receive the room's messages. */
  recipients: number;
}

/** Reads senders. */
export interface Senders {
  /** Reads the sender's connection and membership together with the room, consistently. */
  readSender(connectionId: string, room: string): Promise<SenderView>;
}

/** Stores how far users have read rooms. */
export interface ReadPositions {
  /**
   * Stores the position of a user in a room's log. Keeps a later one, and one that was stored less than `intervalMs` ago.
   *
   * @returns the position that is stored now, and when it was stored.
   */
  store(
    log: RoomLogRef,
    userId: string,
    seq: number,
    now: number,
    intervalMs: number,
  ): Promise<{ seq: number; at: number }>;
  /**
   * Starts an announcement of the positions in a room, of which there is one in `intervalMs`.
   *
   * @returns when the previous one started, if it is too recent. Nothing is written then.
   */
  startAnnouncement(room: RoomLogRef, now: number, intervalMs: number): Promise<number | undefined>;
  /** Returns the positions of users in a room's log, read consistently. */
  read(log: RoomLogRef, userIds: readonly string[]): Promise<Map<string, number>>;
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
   * @returns the room's member count, whether the connection is the first one, that is, whether the user has joined, and
   *   the user's previous name in the room, if it was different.
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
  /**
   * Returns when a user first joined a room, and under which name. Undefined if the user is not a member, and has not been one for a
   * while.
   */
  findFirstJoin(room: string, userId: string): Promise<{ username: string; at: number } | undefined>;
  /** Returns the IDs of a user's connections in a room, including connections whose join failed half-way. */
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
  /** Returns a room's member count. Users whose connections were lost unnoticed count until the next sweep. */
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
