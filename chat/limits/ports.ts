import type { Room } from '../types';

/**
 * A rate limit that uses the generic cell rate algorithm (GCRA). Its whole state is one number, the theoretical arrival
 * time of the next request, in milliseconds.
 */
export interface Rate {
  /** Sustained units per second. */
  perSecond: number;
  /** Units allowed at once after a pause. */
  burst: number;
}

/** A cost to charge to one of an owner's budgets. */
export interface BudgetCharge {
  budget: string;
  rate: Rate;
  /** With 0 units, the charge only checks that the budget is not exceeded. */
  units: number;
}

/**
 * Units of credit that a charge buys and spends. The charge fails if it spends more credit than the owner has, including the
 * credit that it buys.
 */
export interface Credit {
  spend: number;
  buy?: number;
}

export type BudgetResult =
  | { allowed: true }
  /** Nothing was charged. `needsCredit` is true if only credit is missing. */
  | { allowed: false; retryAfterMs: number; needsCredit: boolean };

/** Rate limits. Concurrent charges are exact: together, they never exceed a budget. */
export interface Budgets {
  /** Charges all of the costs, or none if one of them exceeds its budget. */
  charge(owner: string, charges: readonly BudgetCharge[], credit?: Credit): Promise<BudgetResult>;
  /** Returns a charge to its budget. */
  refund(owner: string, charge: BudgetCharge): Promise<void>;
}

/** Counts the open connections of users. */
export interface OpenConnections {
  /**
   * Counts a connection as open until `forgetConnection` is called, but for at most two hours.
   *
   * @returns the user's open connections, oldest first, if the user already has `max` of them. In that case, nothing is
   * written.
   */
  openConnection(
    userId: string,
    connectionId: string,
    max: number,
  ): Promise<{ connectionId: string; openedAt: number }[] | undefined>;
  /** Deletes the budgets of a user's closed connection, and stops counting the connection as open. */
  forgetConnection(userId: string, connectionId: string): Promise<void>;
}

export interface RoomBudgets {
  /** Charges a message to the room's budget. */
  chargeRoom(room: Room, rate: Rate): Promise<BudgetResult>;
}
