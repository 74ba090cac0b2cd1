import { ProblemError } from '../protocol/problems';
import type { Connection, Protocol } from '../types';
import type { BudgetCharge, BudgetResult, Budgets, Rate } from './ports';

export type ChargeResult = { allowed: true; arrival: number } | { allowed: false; retryAfterMs: number };

/**
 * Charges a request at time `now` to a budget. Rejected requests are not charged.
 *
 * @param arrival the budget's theoretical arrival time, or undefined if it was never charged.
 * @param units the cost of the request. A cost above the burst counts as the burst, so that every request can succeed.
 */
export function chargeRate(rate: Rate, arrival: number | undefined, now: number, units = 1): ChargeResult {
  const next = Math.max(arrival ?? 0, now) + toMs(rate, units);
  const wait = next - toMs(rate, rate.burst) - now;
  return wait <= 0 ? { allowed: true, arrival: next } : { allowed: false, retryAfterMs: Math.ceil(wait) };
}

/** Returns by how many milliseconds a cost delays the arrival time of a budget. */
export function toMs({ perSecond, burst }: Rate, units: number): number {
  return (Math.min(units, burst) * 1000) / perSecond;
}

/** Returns a rate that is a multiple of another one. */
export function multiply({ perSecond, burst }: Rate, factor: number): Rate {
  return { perSecond: perSecond * factor, burst: burst * factor };
}

/**
 * The cost of each request in units of the request budget, roughly in proportion to its reads, writes and notices.
 * Messages have their own budget, because clients pace them separately.
 */
export const COSTS = {
  connect: 5,
  createRoom: 10,
  joinRoom: 3,
  leaveRoom: 2,
  history: 2,
  members: 2,
  ping: 1,
  deleteMessage: 3,
  editMessage: 3,
  invite: 3,
  kick: 5,
  ban: 5,
  unban: 3,
  setRole: 5,
  setRoom: 3,
  refreshToken: 5,
  typing: 2,
  /** Frames that match no action. */
  default: 1,
} as const;

export type ChargedAction = keyof typeof COSTS | 'sendmessage';

/** The ratio of a user's budget to a connection's budget: one busy tab leaves half of it to the user's other tabs. */
const USER_FACTOR = 2;

/**
 * A guest's requests are paid for by the guest's IP address, in lots. A lot is larger than the cost of any request, and
 * adds one write to every twentieth message only.
 */
const LOT_UNITS = 20;

/** How often a plain connection receives a text about its limit. Its other rejected frames get no reply. */
const TELL_RATE: Rate = { perSecond: 0.1, burst: 1 };

export interface Limits {
  /** The messages of one connection. */
  message: Rate;
  /** All other requests of one connection, in units of `COSTS`. */
  request: Rate;
  /** One user's attempts to join missing rooms, which makes guessing numbers impractical. */
  failedJoin: Rate;
  /** The number of guests at one IP address whose full budgets the address can pay for. */
  guestsPerAddress: number;
  /** The number of open connections of one user. */
  connectionsPerUser: number;
}

export interface LimitDependencies {
  budgets: Budgets;
  limits: Limits;
  now(): number;
}

/** The parts of a connection that identify its budgets. */
export interface Payer extends Pick<Connection, 'connectionId' | 'userId' | 'address'> {
  /** Undefined during the handshake, which has no protocol of errors yet. */
  protocol?: Protocol;
}

/**
 * Charges an action to the budgets of its connection and its user, and for guests to the budget of the IP address. Call it
 * before the action does anything.
 *
 * @throws ProblemError `rate-limited`.
 */
export async function chargeAction(
  deps: LimitDependencies,
  payer: Payer,
  action: ChargedAction,
): Promise<void> {
  const budget = action === 'sendmessage' ? 'messages' : 'requests';
  const rate = action === 'sendmessage' ? deps.limits.message : deps.limits.request;
  const units = action === 'sendmessage' ? 1 : COSTS[action];
  const charges = [{ budget, rate: multiply(rate, USER_FACTOR), units }] as BudgetCharge[];
  if (action !== 'connect')
    charges.push({ budget: connectionBudget(budget, payer.connectionId), rate, units });
  const result = await chargeUser(deps, payer, charges, units);
  if (result.allowed) return;
  const detail = `You are sending too many ${budget}. Wait before you send the next one.`;
  throw await rateLimitError(deps, payer, detail, result);
}

/** Charges a user's budgets. Guests also need credit, which the budget of their address pays for. */
async function chargeUser(
  deps: LimitDependencies,
  { userId, address }: Payer,
  charges: readonly BudgetCharge[],
  units: number,
): Promise<BudgetResult> {
  const { budgets, limits } = deps;
  const owner = userOwner(userId);
  if (address === undefined) return budgets.charge(owner, charges);
  const result = await budgets.charge(owner, charges, { spend: units });
  if (result.allowed || !result.needsCredit) return result;
  const total = limits.message.perSecond + limits.request.perSecond;
  const burst = limits.message.burst + limits.request.burst;
  const rate = multiply({ perSecond: total, burst }, limits.guestsPerAddress);
  const paid = await budgets.charge(addressOwner(address), [{ budget: 'lots', rate, units: LOT_UNITS }]);
  return paid.allowed ? budgets.charge(owner, charges, { buy: LOT_UNITS, spend: units }) : paid;
}

/** Charges a notice to several owners one after the other. Ends at the first one that has no budget left, and returns false. */
export async function chargeNotices(
  budgets: Budgets,
  payers: readonly [owner: string, rate: Rate][],
): Promise<boolean> {
  for (const [owner, rate] of payers) {
    const { allowed } = await budgets.charge(owner, [{ budget: 'notices', rate, units: 1 }]);
    if (!allowed) return false;
  }
  return true;
}

/** A plain connection receives a text about its limit, at most every ten seconds, because each reply is billed. */
export async function rateLimitError(
  deps: Pick<LimitDependencies, 'budgets'>,
  { protocol, userId, connectionId }: Payer,
  detail: string,
  { retryAfterMs }: { retryAfterMs: number },
): Promise<ProblemError> {
  if (protocol !== 'plain') return new ProblemError('rate-limited', detail, { retryAfterMs });
  const tell = { budget: connectionBudget('told', connectionId), rate: TELL_RATE, units: 1 };
  const { allowed } = await deps.budgets.charge(userOwner(userId), [tell]);
  return new ProblemError('rate-limited', detail, { retryAfterMs, plainReply: allowed ? detail : '' });
}

/** The names under which budgets are stored. */

export function userOwner(userId: string): string {
  return `user#${userId}`;
}

export function addressOwner(address: string): string {
  return `address#${address}`;
}

/** The budgets of each connection are stored with the budgets of its user. */
export const CONNECTION_BUDGETS = ['messages', 'requests', 'told', 'opened'] as const;

export function connectionBudget(budget: (typeof CONNECTION_BUDGETS)[number], connectionId: string): string {
  return `${budget}#${connectionId}`;
}
