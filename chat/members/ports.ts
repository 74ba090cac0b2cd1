import type { Connection, Membership, Role, Room, RoomLogRef, RoomRef, User } from '../types';

/** A membership to store. */
export type NewMembership = Membership & {
  shards: number;
  /** The expiry of the token, and therefore of the membership. Undefined for guests. */
  tokenExpiresAt?: number;
};

export interface Connections {
  /**
   * Stores a connection's record, session and first membership in one transaction.
   *
   * @returns false if the admission to the first room is no longer valid. In that case, nothing is written.
   */
  open(
    connection: Connection,
    membership: NewMembership | undefined,
    admission?: Admission,
  ): Promise<boolean>;
  /** Returns the connection's record, or undefined if it does not exist or has expired. */
  find(connectionId: string): Promise<Connection | undefined>;
  /**
   * Stores a membership row, or replaces the existing row. If the admission has an invite, uses the invite in the same
   * transaction.
   *
   * @param plain the current room of a plain connection as it was read. The new room replaces it.
   * @returns `added`, or the reason why nothing was written: the connection record does not exist, the admission is no longer
   *   valid, the current room of a plain connection has changed, or the connection is in `MAX_ROOMS` rooms.
   */
  addMembership(
    membership: NewMembership,
    plain: { room: string | undefined } | undefined,
    admission: Admission,
  ): Promise<'added' | 'no-record' | 'not-admitted' | 'moved' | 'too-many-rooms'>;
  /** Removes a room from the record of a connection that has left the room. */
  forgetRoom(connectionId: string, room: string): Promise<void>;
  /** Changes the role of an existing membership row, unless the row has a newer role. */
  setMembershipRole(connectionId: string, room: string, role: Role, standingVersion: number): Promise<void>;
  /** Makes a membership expire with a new token. Creates no row. */
  extendMembership(membership: Membership, tokenExpiresAt: number): Promise<void>;
  /**
   * Makes a connection's record expire with a new token. Memberships keep their expiry.
   *
   * @returns false if the record does not exist.
   */
  extendRecord(connection: Connection, tokenExpiresAt: number): Promise<boolean>;
  /**
   * Deletes a membership row. If `joinedAt` is set, deletes the row only if the connection has not joined again since that
   * time.
   */
  removeMembership(connectionId: string, room: string, joinedAt?: number): Promise<void>;
  /** Returns the connection's memberships, read consistently. */
  listMemberships(connectionId: string): Promise<Membership[]>;
  /** Deletes the connection's record, so that the connection can no longer join rooms. Returns the record if it existed. */
  deleteRecord(connectionId: string): Promise<Connection | undefined>;
  /**
   * Adds a room to the session, and stores the username of the join. Creates no session. Has no effect if the session has
   * `MAX_ROOMS` other rooms, so that the session cannot grow without limit.
   */
  recordJoin(connectionId: string, room: string, username: string): Promise<void>;
  /** Stores the time of the disconnect in the session. Keeps the first time, and creates no session. */
  recordDisconnect(connectionId: string, at: number): Promise<void>;
}

/**
 * The conditions under which a user was admitted to a room. The transaction of the join checks that these conditions are still
 * met.
 */
export interface Admission {
  room: RoomLogRef;
  userId: string;
  /** The version of the user's standing. A ban changes it. */
  standingVersion: number;
  /** The invite to use. It must be valid at `now` and have a use left. The standing stores the role of the invite. */
  invite?: { hash: string; role: Role; now: number };
}

/** A consistent view of a sender, a room and the sender's membership in it. */
export interface SenderView {
  connection?: Connection;
  membership?: Membership;
  room?: Room;
  /** The number of connections that receive the room's messages. */
  recipients: number;
  /** The room's member count: see `Presence.countMembers`. */
  memberCount: number;
}

/** Reads senders. */
export interface Senders {
  /** Reads the sender's connection and membership together with the room, consistently. */
  readSender(connectionId: string, room: string): Promise<SenderView>;
}

/** Stores how far users have read rooms. */
export interface ReadPositions {
  /**
   * Stores the position of a user in a room's log, unless the stored position is later or was stored less than `intervalMs`
   * ago.
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
   * Starts an announcement of the positions in a room, unless another announcement started less than `intervalMs` ago.
   *
   * @returns when the previous announcement started, if it is too recent. In that case, nothing is written.
   */
  startAnnouncement(room: RoomLogRef, now: number, intervalMs: number): Promise<number | undefined>;
  /**
   * Returns the position of a user in a room's log, and whether the user was notified of a message since the user last joined
   * the room: see `Absences`. The read is consistent.
   */
  readOwn(log: RoomLogRef, userId: string): Promise<{ seq?: number; wasNotified: boolean }>;
  /** Stores that the user is in the room again, and can be notified after leaving it. */
  endAbsence(log: RoomLogRef, userId: string): Promise<void>;
  /** Returns the positions of users in a room's log, read consistently. */
  read(log: RoomLogRef, userIds: readonly string[]): Promise<Map<string, number>>;
}

/** A user in a room, regardless of the number of connections. */
export interface Member extends User {
  /** When the oldest of the user's current connections joined. */
  joinedAt: number;
}

/** Tracks the users in a room. */
export interface Presence {
  /**
   * Adds a connection to a user's connections in a room. Idempotent.
   *
   * @returns the room's member count, whether the user has joined the room with this connection, and the user's previous name
   *   in the room if it was different.
   */
  addConnection(
    room: string,
    user: User,
    connectionId: string,
  ): Promise<{ hasJoined: boolean; memberCount: number; previousName?: string }>;
  /**
   * Removes a connection from a user's connections in a room. Idempotent.
   *
   * @returns the room's member count if the user has left the room with this connection. Otherwise undefined.
   */
  removeConnection(room: string, userId: string, connectionId: string): Promise<number | undefined>;
  /**
   * Returns when a user first joined a room, and under which name. Returns undefined if the user is not a member and has not
   * been a member recently.
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
  /**
   * Returns a room's member count. Users whose connections were lost without a `$disconnect` event count until the next sweep.
   */
  countMembers(room: string): Promise<number>;
  /**
   * Lists the users of one shard, sorted by `userId`. Includes connections that joined before the room grew. The index is
   * eventually consistent, so the page may miss users who have just joined.
   */
  listMembers(
    room: RoomRef,
    shard: number,
    afterUserId: string | undefined,
    limit: number,
  ): Promise<{ members: Member[]; hasMore: boolean }>;
}
