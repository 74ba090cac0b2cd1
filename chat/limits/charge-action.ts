import { ProblemError } from '../protocol/problems';
import type { Connection, Entry, Protocol, Room } from '../types';
import type { BudgetCharge, BudgetResult, Budgets, Rate } from './ports';

export type ChargeResult = { allowed: true; arrival: number } | { allowed: false; retryAfterMs: number };

/**
 * Charges a request at time `now` to a budget. Rejected requests are not charged.
 *
 * @param arrival the budget's theoretical arrival time, or undefined if it was never charged.
 * @param units the cost of the request. A cost above the burst is reduced to the burst, so that every request can succeed.
 */
export function chargeRate(rate: Rate, arrival: number | undefined, now: number, units = 1): ChargeResult {
  const next = Math.max(arrival ?? 0, now) + toMs(rate, units);
  const wait = next - toMs(rate, rate.burst) - now;
  return wait <= 0 ? { allowed: true, arrival: next } : { allowed: false, retryAfterMs: Math.ceil(wait) };
}

/** Returns the number of milliseconds by which a cost delays the arrival time of a budget. */
export function toMs({ perSecond, burst }: Rate, units: number): number {
  return (Math.min(units, burst) * 1000) / perSecond;
}

/** Multiplies both the sustained rate and the burst by a factor. */
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
  /** Reads the head sequence of each room that the connection has joined. */
  ping: 2,
  deleteMessage: 3,
  editMessage: 3,
  invite: 3,
  invites: 3,
  revokeInvite: 3,
  kick: 5,
  ban: 5,
  unban: 3,
  setRole: 5,
  setRoom: 3,
  block: 3,
  unblock: 3,
  refreshToken: 5,
  typing: 2,
  markRead: 1,
  react: 2,
  follow: 3,
  /** Frames that match no action. */
  default: 1,
} as const;

export type ChargedAction = keyof typeof COSTS | 'sendmessage';

/** Actions with an event that every connection in the room receives. */
const DELIVERED_ACTIONS: readonly ChargedAction[] = ['sendmessage', 'editMessage', 'deleteMessage', 'react'];
const RECIPIENTS_PER_UNIT = 100;

/**
 * Returns the units that an event costs in addition to its action: one for every 100 recipients after the first 100, rounded
 * up.
 */
function audienceUnits(recipients: number): number {
  return Math.max(0, Math.ceil(recipients / RECIPIENTS_PER_UNIT) - 1);
}

/**
 * Returns the cost of a guest's action in units of the address's budget.
 *
 * @param audience the number of connections that receive the action's event.
 */
export function creditUnits(cost: number, audience: number): number {
  return cost + Math.ceil(Math.max(0, audience - FREE_RECIPIENTS) / RECIPIENTS_PER_CREDIT);
}

/** Returns the rate of the budget of an IP address, in units. */
export function addressRate({ message, request, guestsPerAddress }: Limits): Rate {
  const perSecond = message.perSecond + request.perSecond;
  return multiply({ perSecond, burst: message.burst + request.burst }, guestsPerAddress);
}

/** The ratio of a user's budget to a connection's budget. One busy tab leaves half of the user's budget for the other tabs. */
const USER_FACTOR = 2;

/**
 * The budget of a guest's IP address pays for the guest's requests in lots. A lot is larger than the cost of any request, so
 * only one message in 20 needs an additional write. In large rooms, a lot pays for two messages. Guests who send only one
 * message would waste a larger lot.
 */
const LOT_UNITS = 20;
const MESSAGES_PER_LOT = 2;

/**
 * The number of recipients per unit of an address's budget, and the number of free recipients. With these values, the guests at
 * one address can cause about 3,500 deliveries per second, regardless of the size of their rooms.
 */
const RECIPIENTS_PER_CREDIT = 7;
export const FREE_RECIPIENTS = 4;

/**
 * The rate of frames over a limit that each guest adds to the budget of an address. The burst allows a whole office to
 * reconnect and to retry. Unlike a flood, these retries cost little.
 */
const REJECTIONS_PER_GUEST: Rate = { perSecond: 1, burst: 1000 };
/** An execution environment charges every tenth frame over a limit, and counts it as ten frames. */
const REJECTION_SAMPLE = 10;
/** The maximum time for which an address cannot open new connections. */
const MAX_REFUSAL_SECONDS = 3600;

/** How often a plain connection is notified that it has exceeded a limit. Other rejected frames get no reply. */
const TELL_RATE: Rate = { perSecond: 0.1, burst: 1 };

export interface Limits {
  /** The messages of one connection. */
  message: Rate;
  /** All other requests of one connection, in units of `COSTS`. */
  request: Rate;
  /** One user's attempts to join missing rooms. This limit makes it impractical to guess room numbers. */
  failedJoin: Rate;
  /** The number of guests whose full budgets one IP address can pay for. */
  guestsPerAddress: number;
  /** The number of open connections of one user. */
  connectionsPerUser: number;
  /** The number of open connections of all guests at one IP address. */
  connectionsPerAddress: number;
}

export interface LimitDependencies {
  budgets: Budgets;
  limits: Limits;
  now(): number;
  /** Returns whether a frame over a limit is charged: see `createRejectionSample`. */
  sampleRejection(): boolean;
}

/** The parts of a connection that identify its budgets. */
export interface Payer extends Pick<Connection, 'connectionId' | 'userId' | 'address'> {
  /** Undefined during the handshake, when the connection has no protocol yet. */
  protocol?: Protocol;
}

/**
 * Charges an action to the budgets of the connection and the user and, for guests, to the budget of the IP address. Call this
 * function before the action does anything.
 *
 * @param recipients the number of connections that receive the event of the action.
 * @throws ProblemError `rate-limited`.
 */
export async function chargeAction(
  deps: LimitDependencies,
  payer: Payer,
  action: ChargedAction,
  recipients = 0,
): Promise<void> {
  const audience = DELIVERED_ACTIONS.includes(action) ? recipients : 0;
  const budget = action === 'sendmessage' ? 'messages' : 'requests';
  const rate = action === 'sendmessage' ? deps.limits.message : deps.limits.request;
  const cost = action === 'sendmessage' ? 1 : COSTS[action];
  const units = cost + audienceUnits(audience);
  const credit = creditUnits(cost, audience);
  const charges = [{ budget, rate: multiply(rate, USER_FACTOR), units }] as BudgetCharge[];
  if (action !== 'connect')
    charges.push({ budget: connectionBudget(budget, payer.connectionId), rate, units });
  const result = await chargeUser(deps, payer, charges, credit);
  if (result.allowed) return;
  const detail = `You are sending too many ${budget}. Wait before you send the next one.`;
  const isFrame = action !== 'connect';
  const closesConnection = isFrame && (await chargeRejection(deps, payer.address));
  throw await rateLimitError(deps, payer, detail, { ...result, closesConnection });
}

/** Creates a function that returns true for every tenth frame over a limit in an execution environment. */
export function createRejectionSample(): () => boolean {
  let rejections = 0;
  return () => {
    rejections = (rejections + 1) % REJECTION_SAMPLE;
    return rejections === 0;
  };
}

/** Returns the rate of frames over a limit that an address may send before its connections are closed. */
export function rejectionRate({ guestsPerAddress }: Pick<Limits, 'guestsPerAddress'>): Rate {
  return multiply(REJECTIONS_PER_GUEST, guestsPerAddress);
}

/** Returns a charge of 0 units, which only checks that an address has not sent too many frames over a limit. */
export function rejectionCheck(limits: Pick<Limits, 'guestsPerAddress'>): BudgetCharge {
  return { budget: 'rejections', rate: rejectionRate(limits), units: 0 };
}

/**
 * Charges a frame over a limit to its IP address. Such a frame costs an invocation and a reply, but is not charged to the other
 * budgets. The charge can exceed the budget. Until the budget has recovered, each charged frame closes its connection, and no
 * guest at the address can open another connection.
 *
 * @returns whether to close the connection.
 */
async function chargeRejection(
  { budgets, limits, sampleRejection }: LimitDependencies,
  address: string | undefined,
): Promise<boolean> {
  if (address === undefined || !sampleRejection()) return false;
  const owner = addressOwner(address);
  const charge = { ...rejectionCheck(limits), units: REJECTION_SAMPLE };
  if ((await budgets.charge(owner, [charge])).allowed) return false;
  const { perSecond, burst } = charge.rate;
  const rate = { perSecond, burst: burst + perSecond * MAX_REFUSAL_SECONDS };
  await budgets.charge(owner, [{ ...charge, rate }]);
  return true;
}

/**
 * Charges a user's budgets. Guests also need credit, which is charged to the budget of their address.
 *
 * @param spend the units of credit that the request costs.
 */
async function chargeUser(
  deps: LimitDependencies,
  { userId, address }: Payer,
  charges: readonly BudgetCharge[],
  spend: number,
): Promise<BudgetResult> {
  const { budgets, limits } = deps;
  const owner = userOwner(userId);
  if (address === undefined) return budgets.charge(owner, charges);
  const result = await budgets.charge(owner, charges, { spend });
  if (result.allowed || !result.needsCredit) return result;
  const buy = Math.max(LOT_UNITS, MESSAGES_PER_LOT * spend);
  const lots = { budget: 'lots', rate: addressRate(limits), units: buy };
  const paid = await budgets.charge(addressOwner(address), [lots]);
  return paid.allowed ? budgets.charge(owner, charges, { buy, spend }) : paid;
}

/**
 * Charges a notice to several owners one after another. Stops at the first owner that has no budget left, and returns false.
 */
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

export interface RoomBudgetDependencies extends LimitDependencies {
  /** The rate limit of all messages in a room, in units of 100 recipients after the first 100. */
  roomRate: Rate;
}

/**
 * Checks that the room's budget allows a message to all recipients. The first 100 recipients are free, so small rooms have no
 * budget. The message's entry stores the charged budget.
 *
 * @returns a function that calculates the charged budget from the current state of the room.
 */
export async function requireRoomBudget(
  deps: RoomBudgetDependencies,
  room: Room,
  payer: Payer,
  recipients: number,
): Promise<(current: Room) => Pick<Entry, 'budget'>> {
  const units = audienceUnits(recipients);
  if (units === 0) return carryBudget;
  const { roomRate } = deps;
  const charged = chargeRate(roomRate, room.budget, deps.now(), units);
  if (!charged.allowed) {
    const detail = 'The room is receiving too many messages. Wait before you send the next one.';
    throw await rateLimitError(deps, payer, detail, charged);
  }
  // The budget is not checked again after a lost race, so concurrent senders can each exceed it by one message. Unlike in other
  // budgets, a cost above the burst is charged in full. A message to a very large room therefore delays the next message for as
  // long as its delivery takes.
  const costMs = (units * 1000) / roomRate.perSecond;
  return ({ budget }) => ({ budget: Math.max(budget ?? 0, deps.now()) + costMs });
}

/** Returns the unchanged budget of a room, so that an entry that is not charged does not reset the budget. */
export function carryBudget({ budget }: Pick<Room, 'budget'>): Pick<Entry, 'budget'> {
  return budget === undefined ? {} : { budget };
}

/**
 * Creates the error for an exceeded limit. A plain connection is notified of the limit at most once every ten seconds, because
 * each reply is billed.
 */
export async function rateLimitError(
  deps: Pick<LimitDependencies, 'budgets'>,
  { protocol, userId, connectionId }: Payer,
  detail: string,
  { retryAfterMs, closesConnection = false }: { retryAfterMs: number; closesConnection?: boolean },
): Promise<ProblemError> {
  const options = { retryAfterMs, closesConnection };
  if (protocol !== 'plain') return new ProblemError('rate-limited', detail, options);
  const tell = { budget: connectionBudget('told', connectionId), rate: TELL_RATE, units: 1 };
  const { allowed } = await deps.budgets.charge(userOwner(userId), [tell]);
  return new ProblemError('rate-limited', detail, { ...options, plainReply: allowed ? detail : '' });
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
