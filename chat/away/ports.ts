import type { Device, Entry } from '../types';

/** The devices on which users receive notifications. */
export interface Devices {
  /** Stores a device of a user, or keeps a stored one for longer. Above `max` devices, the oldest ones are forgotten. */
  store(userId: string, device: Device, now: number, max: number): Promise<void>;
  /** Returns the devices of a user, read consistently. */
  list(userId: string): Promise<Device[]>;
  /** Forgets a device. Does nothing if it is not stored. */
  remove(userId: string, deviceId: string): Promise<void>;
}

/** A message that users may miss. */
export type MissedMessage = Pick<Entry, 'room' | 'epoch' | 'seq'>;

/** Stores which users were notified of a message since they were in its room. */
export interface Absences {
  /** Returns the users who have no open connection, read consistently. */
  listAway(userIds: readonly string[], now: number): Promise<string[]>;
  /** Returns the users who have not read the message, and can be notified of it, read consistently. */
  listUninformed(message: MissedMessage, userIds: readonly string[], now: number): Promise<string[]>;
  /**
   * Claims the notification of a user, of which there is one until the user returns. A claim that is not confirmed can be taken
   * over after a while: soon by a repeated request for the same message, and later by another message.
   *
   * @returns false if the user was notified, or another request has claimed it. Nothing is written then.
   */
  claim(message: MissedMessage, userId: string, now: number): Promise<boolean>;
  /** Stores that the user was notified. */
  confirm(message: MissedMessage, userId: string): Promise<void>;
  /** Gives up the claim. */
  release(message: MissedMessage, userId: string): Promise<void>;
}
