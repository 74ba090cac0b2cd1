import type { Device, Entry } from '../types';

/** The devices on which users receive notifications. */
export interface Devices {
  /**
   * Stores a device of a user, or extends the period for which it is stored. If the user has more than `max` devices, the
   * oldest devices are deleted.
   */
  store(userId: string, device: Device, now: number, max: number): Promise<void>;
  /** Returns the devices of a user, read consistently. */
  list(userId: string): Promise<Device[]>;
  /** Deletes a device. Does nothing if the device is not stored. */
  remove(userId: string, deviceId: string): Promise<void>;
}

/** A message that users may miss. */
export type MissedMessage = Pick<Entry, 'room' | 'epoch' | 'seq'>;

/** Stores which users were notified of a message since they last joined its room. */
export interface Absences {
  /** Returns the users who have no open connection, read consistently. */
  listAway(userIds: readonly string[], now: number): Promise<string[]>;
  /** Returns the users who have not read the message, and can be notified of it, read consistently. */
  listUninformed(message: MissedMessage, userIds: readonly string[], now: number): Promise<string[]>;
  /**
   * Claims the notification of a user. There is one notification until the user returns. Another request can take over a claim
   * that is not confirmed: a request for the same message after a short time, and requests for other messages later.
   *
   * @returns false if the user was notified, or another request has claimed it. Nothing is written then.
   */
  claim(message: MissedMessage, userId: string, now: number): Promise<boolean>;
  /** Stores that the user was notified. */
  confirm(message: MissedMessage, userId: string): Promise<void>;
  /** Gives up the claim. */
  release(message: MissedMessage, userId: string): Promise<void>;
}
