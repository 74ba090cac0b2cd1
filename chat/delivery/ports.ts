import type { ChatEvent } from '../protocol/events';
import type { Broadcast } from '../types';

/** The sockets of open connections. */
export interface Sockets {
  /** Sends one text frame. Has no effect if the connection is closed. */
  post(connectionId: string, frame: string): Promise<unknown>;
  /** Closes a connection. Has no effect if it is closed already. */
  close(connectionId: string): Promise<void>;
}

export interface Broadcasts {
  /** Returns the shared budget as a theoretical arrival time, or undefined if it was never charged: see `Rate`. */
  readBudget(): Promise<number | undefined>;
  /**
   * Stores a broadcast and charges the budget in one transaction, provided that the stored budget is still `before`.
   *
   * @returns false if another broadcast was charged first. In that case, nothing is written.
   */
  store(broadcast: Broadcast, budget: { before: number | undefined; after: number }): Promise<boolean>;
}

export interface EventBus {
  /** Publishes an event. Resolves when the bus has accepted it. */
  publish(event: ChatEvent): Promise<void>;
}
