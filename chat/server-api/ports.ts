import type { Entry, RoomLogRef } from '../types';

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

/** The position after which a scan of all stored data continues. */
export type ScanPosition = Readonly<Record<string, string>>;

/** One stored record of a user, in any room. */
export interface UserRecord {
  /** The attributes that belong to the user, for an export. */
  data: { type: string } & Readonly<Record<string, unknown>>;
  /** The entry of a room's log, if the record is one. */
  entry?: Entry;
  /** The message of the reactions, if the record is the user's reactions to one. */
  reactedTo?: (RoomLogRef & { seq: number }) | undefined;
  position: ScanPosition;
  /** Erases the record. Safe to repeat. */
  erase(): Promise<void>;
}

/** Finds the data of a user by a scan. An index of users would add a write to every message. */
export interface UserData {
  /**
   * Reads a part of all stored data consistently, and returns the user's records in it, which can be none.
   *
   * @param after the position after which to read. Undefined: from the start.
   */
  readPart(
    userId: string,
    after: ScanPosition | undefined,
  ): Promise<{ records: UserRecord[]; end: ScanPosition | undefined }>;
  /**
   * Stores a position for an hour under a random cursor. Positions contain keys of other users' data, so clients receive the
   * cursor only.
   */
  storeCursor(userId: string, position: ScanPosition): Promise<string>;
  /** Returns the position that was stored for this user, or undefined if there is none. */
  readCursor(userId: string, cursor: string): Promise<ScanPosition | undefined>;
}
