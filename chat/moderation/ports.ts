import type { Invite, Role, RoomLogRef, Standing } from '../types';

/** Stores the standings of users in rooms. */
export interface Standings {
  /** Reads a user's standing consistently. The version is 0 if the user has no standing. */
  read(room: RoomLogRef, userId: string): Promise<Standing>;
  /**
   * Stores a user's standing with the version after `standing.version`.
   *
   * @returns false if the stored version is not `standing.version`. In that case, nothing is written.
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
  /**
   * Stores an invite.
   *
   * @param creator the user who creates it, with the version of the user's standing in the room. Undefined for the system.
   * @returns false if the stored version of the standing is different. In that case, nothing is written.
   */
  create(
    invite: Invite,
    creator?: { room: RoomLogRef; userId: string; standingVersion: number },
  ): Promise<boolean>;
  /** Reads an invite of a room consistently. Returns undefined if no invite has this hash. */
  find(room: RoomLogRef, hash: string): Promise<Invite | undefined>;
  /** Returns up to `limit` invites of a room that can be used at the time `now`, read consistently. */
  list(room: RoomLogRef, now: number, limit: number): Promise<Invite[]>;
  /** Makes an invite unusable. Does nothing if no invite has this hash. */
  revoke(room: RoomLogRef, hash: string): Promise<void>;
}
