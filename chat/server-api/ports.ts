import type { Entry, RoomLogRef } from '../types';

/** The reply to a request of the server API. */
export interface StoredReply {
  statusCode: number;
  body: object;
}

/** Stores the replies to requests of the server API by idempotency key. */
export interface IdempotencyKeys {
  /**
   * Claims a key for a request, unless another request has claimed or used it. Replaces a claim that has no reply and was made
   * before `staleBefore`.
   *
   * @returns undefined if this call has claimed the key. Otherwise, the earlier request, and its reply if it has one.
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

/** The position after which a scan of all stored data continues. */
export type ScanPosition = Readonly<Record<string, string>>;

/** One stored record of a user, in any room. */
export interface UserRecord {
  /** The attributes that belong to the user, for an export. */
  data: { type: string } & Readonly<Record<string, unknown>>;
  /** The entry, if the record is an entry of a room's log. */
  entry?: Entry;
  /** The message, if the record contains the user's reactions to a message. */
  reactedTo?: (RoomLogRef & { seq: number }) | undefined;
  position: ScanPosition;
  /** Erases the record. Safe to repeat. */
  erase(): Promise<void>;
}

/** Finds the data of a user with a scan. An index of users would add a write to every message. */
export interface UserData {
  /**
   * Reads a part of all stored data consistently, and returns the user's records in this part. A part can contain none.
   *
   * @param after the position after which to read. If undefined, reads from the start.
   */
  readPart(
    userId: string,
    after: ScanPosition | undefined,
  ): Promise<{ records: UserRecord[]; end: ScanPosition | undefined }>;
  /**
   * Stores a position for an hour under a random cursor. Positions contain keys of other users' data, so clients receive only
   * the cursor.
   */
  storeCursor(userId: string, position: ScanPosition): Promise<string>;
  /** Returns the position that was stored for this user, or undefined if there is none. */
  readCursor(userId: string, cursor: string): Promise<ScanPosition | undefined>;
}
