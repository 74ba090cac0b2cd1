import type { Entry, Room, RoomLogRef } from '../types';

/** A message to store. */
export interface AppendRequest {
  /** The room as it was read. */
  room: Room;
  /** The entry to append. Its `seq` follows the room's head. */
  entry: Entry;
  /** The claim that lost a race in the previous attempt. */
  lost?: Claimed | undefined;
}

/** The position that is claimed for a message, and the message's ID. */
export interface Claimed {
  position: string;
  messageId: string;
}

export type AppendResult =
  /** The entry is in the log. The outcome is `duplicate` if an earlier request has sent this `clientMsgId`. */
  | { outcome: 'stored' | 'duplicate'; entry: Entry }
  /** The message is not stored, because its position is taken or the room has started another log. */
  | { outcome: 'lost-race'; lost?: Claimed }
  /**
   * The user has already sent this `clientMsgId` with another text or `replyTo`, and the message has not been changed since
   * then.
   */
  | { outcome: 'reused-id' };

export interface Appends {
  /**
   * Appends a message to the room's log. A message that is repeated with the same `clientMsgId` within a day is stored once,
   * even if an earlier request failed halfway. In that case, the retry completes the earlier request.
   */
  append(request: AppendRequest): Promise<AppendResult>;
}

export interface Changes {
  /**
   * Stores an entry that deletes or edits a message, and changes the message in the same transaction. A deleted message becomes
   * void and loses its text and reactions. An edited message gets the text of the entry.
   *
   * @param room the room as it was read.
   * @returns false if the room or the message was changed first. In that case, nothing is written.
   */
  change(room: Room, entry: Entry, message: Entry): Promise<boolean>;
}

/** The emoji with which a user has reacted to a message. */
export interface UserReactions {
  userId: string;
  emojis: string[];
  /** When the user last changed these emoji, in epoch milliseconds. */
  at: number;
}

export interface Reactions {
  /**
   * Adds an emoji to the reactions of a user to a message, or removes it. Repeating a change has no effect.
   *
   * @param max the maximum number of emoji that a user can add.
   * @returns the reactions of the user after the change, or undefined if the user already has `max` emoji.
   */
  change(
    message: Entry,
    userId: string,
    change: { emoji: string; remove: boolean; max: number; now: number },
  ): Promise<Omit<UserReactions, 'userId'> | undefined>;
  /** Returns the reactions of all users to a message, read consistently. */
  list(message: Entry): Promise<UserReactions[]>;
  /**
   * Stores an entry of kind `reacted`, and stores the entry's counts in the message in the same transaction.
   *
   * @param room the room as it was read.
   * @param message the message as it was read.
   * @returns false if the room, the message or its counts were changed first. In that case, nothing is written.
   */
  publish(room: Room, entry: Entry, message: Entry): Promise<boolean>;
}

/** The parts of a message that identify the turn of its sender in slow mode. */
export type Turn = Pick<Entry, 'room' | 'from' | 'clientMsgId' | 'ts'>;

export interface Turns {
  /**
   * Takes the sender's turn in a room in slow mode until `nextSendAt`. A message that was already sent with the same
   * `clientMsgId` needs no turn.
   *
   * @returns the end of the current turn, if the sender has to wait. In that case, nothing is written.
   */
  takeTurn(message: Turn, nextSendAt: number): Promise<number | undefined>;
}

export type EntryRange = { after: number; limit: number } | { before: number; limit: number };

/** Reads the log of a room. */
export interface Entries {
  /** Returns the entry, read consistently, unless it has expired. */
  readEntry(log: RoomLogRef, seq: number): Promise<Entry | undefined>;
  /** Returns the entries that have not expired, read consistently and in no particular order. */
  readEntriesBySeq(log: RoomLogRef, seqs: readonly number[]): Promise<Entry[]>;
  /** Returns the emoji of a user by the `seq` of the message. Contains only messages to which the user has reacted. */
  readReactions(log: RoomLogRef, seqs: readonly number[], userId: string): Promise<Map<number, string[]>>;
  /**
   * Returns up to `limit` unexpired entries in log order, read consistently: the first ones after `after`, or the last
   * ones before `before`.
   */
  readEntries(log: RoomLogRef, range: EntryRange): Promise<Entry[]>;
}
