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
  /** 0 requires that the budget is not exceeded. */
  units: number;
}

/** Units of credit that a charge adds and takes. It fails if the owner has less than it spends, unless it buys more. */
export interface Credit {
  spend: number;
  buy?: number;
}

export type BudgetResult =
  | { allowed: true }
  /** Nothing was charged. `needsCredit` if credit is all that is missing. */
  | { allowed: false; retryAfterMs: number; needsCredit: boolean };

/** Rate limits. Charges that arrive at the same time are exact: together they never exceed a budget. */
export interface Budgets {
  /** Charges all of the costs, or none if one of them exceeds its budget. */
  charge(owner: string, charges: readonly BudgetCharge[], credit?: Credit): Promise<BudgetResult>;
  /** Returns a charge to its budget. */
  refund(owner: string, charge: BudgetCharge): Promise<void>;
}

/** Counts the open connections of users. */
export interface OpenConnections {
  /**
   * Counts a connection as open until `forgetConnection`, and for two hours at most.
   *
   * @returns the user's open connections, oldest first, if there are `max` of them. Nothing is written then.
   */
  openConnection(
    userId: string,
    connectionId: string,
    max: number,
  ): Promise<{ connectionId: string; openedAt: number }[] | undefined>;
  /** Deletes the budgets of a user's closed connection, and no longer counts it as open. */
  forgetConnection(userId: string, connectionId: string): Promise<void>;
}

export interface RoomBudgets {
  /** Charges a message to the room's budget. */
  chargeRoom(room: Room, rate: Rate): Promise<BudgetResult>;
}
