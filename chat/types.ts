/** Entities of the chat. Times are in epoch milliseconds unless the name contains another unit. */

/** The protocol of a connection. The handshake determines it. */
export type Protocol = 'plain' | 'roomcast.v1';

export interface User {
  /** Derived from the guest secret (`g-…`) or the token (`u-…`), never taken from a frame. */
  userId: string;
  /** The display name, 1 to 32 characters. */
  username: string;
}

/** A user's rights in a room. Each role includes the rights of the roles that follow it in this list. */
export type Role = 'owner' | 'moderator' | 'member' | 'reader';

/** The rights that a token grants in addition to the rights that rooms grant. */
export interface Rights {
  /** Grants the rights of an owner in every room. */
  admin?: boolean;
  /** The granted roles by room number. */
  rooms?: Readonly<Record<string, Role>>;
}

/** A connection record. It exists while the connection is registered. */
export interface Connection extends User {
  connectionId: string;
  protocol: Protocol;
  connectedAt: number;
  /** The current room of a plain connection. `roomcast.v1` connections name the room in each frame. */
  plainRoom?: string;
  /** When the user's token expires. Undefined for guests. */
  tokenExpiresAt?: number;
  /** The rights of the user's token. Undefined if it grants none. */
  rights?: Rights;
  /** A keyed hash of a guest's IP address. The guest's requests are charged to it. */
  address?: string;
}

/** A connection's membership in one room. */
export interface Membership extends User {
  connectionId: string;
  room: string;
  protocol: Protocol;
  joinedAt: number;
  /** The user's rights in the room. */
  role: Role;
  /** The version of the standing from which `role` was derived. */
  standingVersion: number;
  /** The user's first name in the room, if it differs from the current name: see `Presence.findFirstJoin`. */
  previousName?: string;
  /** When the user first joined the room. Absent if this connection is the first. */
  memberSince?: number;
}

/** Who may join a room: everybody, users with an invite, or two users only. */
export type RoomKind = 'open' | 'invite' | 'direct';

export interface Room {
  room: string;
  /** Absent if the room is open. */
  kind?: RoomKind;
  /**
   * The user who created the room. This user is the owner, unless the user's standing contains another role. The lobby and
   * direct rooms have no owner.
   */
  owner?: string;
  /** The two users of a direct room. */
  users?: readonly string[];
  /** The users of a direct room who have opened it. A message to any other user comes from a stranger. */
  openedBy?: ReadonlySet<string>;
  /** The users of a direct room who have blocked the other user. */
  blockedBy?: ReadonlySet<string>;
  /** The users who are notified of messages while they are away. Absent if there are none. */
  followers?: ReadonlySet<string>;
  name?: string;
  topic?: string;
  /** Minimum interval between two messages of one user. Moderators are exempt. Absent if there is no minimum. */
  slowModeSeconds?: number;
  /** Who may write, besides moderators. Absent if everyone may write. */
  writers?: 'everyone' | 'signedIn';
  /** How long a user must have been a member before writing. Moderators are exempt. Absent if there is no minimum. */
  writeAfterSeconds?: number;
  /** When the last ban of an IP address ends. Absent if there was none. */
  addressBansUntil?: number;
  /** Identifies the room's log: see `logEpoch`. */
  epoch: string;
  /** The head sequence: the `seq` of the newest entry, or 0 if the log is empty. */
  seq: number;
  /** The `ts` of the newest entry, or 0 if the log is empty. The `ts` of entries never decreases. */
  lastTs: number;
  /**
   * The version of the room's log. Present if the log is empty or its newest entry expires soon. The transaction that appends
   * the next entry then also changes the room, and fails if another request has started the room's next log.
   */
  logVersion?: number;
  /** The number of index keys that events are sent to. It doubles as the room grows, and never decreases. */
  shards: number;
  /** The number of index keys before the room last grew, and when the room grew: see `shardsForNewRows`. */
  formerShards?: number;
  grownAt?: number;
  /** The lobby's budget as a theoretical arrival time: see `Rate`. */
  arrival?: number;
  /**
   * The budget of a large room as a theoretical arrival time. The newest entry contains the budget, so a charge costs no
   * additional write.
   */
  budget?: number;
  /** When the room expires, in epoch seconds. The lobby does not expire. */
  expiresAt?: number;
}

/** A room's decisions about one user. The role and the ban are absent if the room has not decided about them. */
export interface Standing {
  /** The role that the room grants. */
  role?: Role;
  /** The user cannot join before this time. */
  bannedUntil?: number;
  /** The user's name in the room at the time of the ban. Absent if the user was not in the room. */
  bannedName?: string;
  /**
   * The user whose address was banned. `bannedName` contains the name of this user. Present only in the standings of addresses.
   */
  bannedWith?: string;
  /** Incremented with each change. 0 if there is no standing yet. */
  version: number;
}

/** An invite to a room. Its code is not stored. */
export interface Invite {
  /** The hash of the code, which identifies the invite. */
  hash: string;
  /** The user who created the invite. */
  by: User;
  room: string;
  epoch: string;
  /** The role of the users who join with the invite. */
  role: Role;
  usesLeft: number;
  expiresAt: number;
}

/** Identifies a room and its log. */
export type RoomLogRef = Pick<Room, 'room' | 'epoch'>;

/** The parts of a room that determine its index keys. */
export type RoomRef = Pick<Room, 'room' | 'shards'>;

/** How many users have reacted to a message with an emoji. */
export interface ReactionCount {
  emoji: string;
  count: number;
}

/** One entry of a room's log. `seq` counts 1, 2, 3 … per room without gaps. */
export interface Entry {
  room: string;
  epoch: string;
  seq: number;
  /** `void`: a message whose text was deleted. `deleted`, `edited` and `reacted` refer to an earlier message. */
  kind: 'message' | 'deleted' | 'edited' | 'reacted' | 'void';
  messageId: string;
  /** The `seq` of the message that was deleted, edited or reacted to. */
  target?: number;
  /** The `seq` of the original message, if this message is a reply. The text of the original message is not copied. */
  replyTo?: number;
  clientMsgId?: string;
  from: User;
  /** The sender's previous name in the room. Absent if the name is the same. */
  previousName?: string;
  /** The text is stored in messages only, so that an edit replaces it in one place: see `completeEntries`. */
  text: string;
  ts: number;
  /** The `seq` of the latest entry that changed this message. */
  changeSeq?: number;
  /** The published counts of reactions. Like texts, they are stored in messages only. */
  reactions?: ReactionCount[];
  /** When `reactions` were counted, in epoch milliseconds. Clients never receive it. */
  reactedAt?: number;
  /** The emoji of some users by user ID, for example of the user who reads the entry. Not stored. */
  byUser?: Record<string, string[]>;
  /** The connection that sent the message. Clients never receive it. */
  connectionId?: string;
  /** The room's budget after the message: see `Room`. Clients never receive it. */
  budget?: number;
}

/** A browser that can receive Web Push notifications: a push subscription. */
export interface Device {
  /** The hash of the endpoint. */
  deviceId: string;
  /** The URL at the push service. */
  endpoint: string;
  /** The keys with which notifications for the browser are encrypted (RFC 8291). */
  keys: { p256dh: string; auth: string };
}

/** A text for every open connection. It is not part of any room's log. */
export interface Broadcast {
  messageId: string;
  text: string;
  ts: number;
}

/** A connection's session, which operators can list after the connection has closed. */
export interface Session {
  connectionId: string;
  userId: string;
  /** The username of the latest join, or of the handshake if there is none. */
  username?: string;
  connectionTime: number;
  disconnectTime?: number;
  /**
   * The rooms that the connection has joined, up to `MAX_ROOMS`. The logs of these rooms contain the messages of the
   * connection.
   */
  rooms?: ReadonlySet<string>;
}
