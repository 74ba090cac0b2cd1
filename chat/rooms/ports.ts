import type { Room, RoomLogRef, RoomRef } from '../types';

/** Finds and creates direct rooms by their two users, in any order. */
export interface DirectRooms {
  /** Returns the number of the room, read consistently, or undefined if there is none. The room may have expired. */
  find(users: readonly string[]): Promise<string | undefined>;
  /**
   * Creates a direct room for its two users.
   *
   * @param expired the number of the users' previous room, which no longer exists.
   * @returns false if the number is taken, or if the users have another room. In that case, nothing is written.
   */
  create(room: Room & { users: readonly string[] }, expired: string | undefined): Promise<boolean>;
}

/** The settings of a room that moderators can change. */
export type RoomSettings = Pick<Room, 'name' | 'topic' | 'slowModeSeconds' | 'writers' | 'writeAfterSeconds'>;

export interface Rooms {
  /** Reads a room and the head of its log consistently. Returns undefined if the room does not exist. */
  readRoom(room: string): Promise<Room | undefined>;
  /** Creates the room unless its number is taken. Returns whether it was created. */
  insertRoom(room: Room): Promise<boolean>;
}

/** Reads several rooms at once. */
export interface RoomLists {
  /** Returns the rooms that exist, read consistently and in no particular order. */
  readRooms(rooms: readonly string[]): Promise<RoomRef[]>;
  /** Returns the head sequence of each room, read consistently. It is 0 for rooms without entries, and for missing rooms. */
  readHeads(rooms: readonly string[]): Promise<ReadonlyMap<string, number>>;
}

/** Updates rooms while they are in use. */
export interface RoomUpkeep {
  /** Postpones the expiry of a room. Rooms without messages and joins expire. */
  renewRoom(room: Room): Promise<void>;
  /** Stores that a user has opened a direct room. */
  recordOpening(room: RoomLogRef, userId: string): Promise<void>;
  /** Changes the number of a room's index keys, unless another request has changed it first. */
  storeGrowth(room: Room, growth: Required<Pick<Room, 'shards' | 'formerShards' | 'grownAt'>>): Promise<void>;
}

export interface Followers {
  /**
   * Adds a user to the followers of a room, or removes the user. Repeating a change has no effect.
   *
   * @param max the number of followers that a room can have.
   * @returns false if the room has `max` followers, or does not exist any more. Nothing is written then.
   */
  setFollowing(room: RoomLogRef, userId: string, on: boolean, max: number): Promise<boolean>;
}

export interface RoomConfiguration {
  /**
   * Changes a room's settings. An empty string, 0 or `everyone` removes a setting; undefined keeps it.
   *
   * @returns the changed room, or undefined if it does not exist.
   */
  updateSettings(room: RoomLogRef, settings: RoomSettings): Promise<(RoomRef & RoomSettings) | undefined>;
  /** Stores that an IP address is banned from the room until `until`, so that joins read the standing of the address. */
  recordAddressBan(room: RoomLogRef, until: number): Promise<void>;
  /** Stores whether a user of a direct room has blocked the other user. */
  setBlocked(room: RoomLogRef, userId: string, isBlocked: boolean): Promise<void>;
}
