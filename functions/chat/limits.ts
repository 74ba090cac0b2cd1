import { multiply, type Rate } from './budget';
import type { BudgetCharge, BudgetResult, Budgets, Connections, Presence } from './ports';
import { ProblemError } from './problems';
import type { Connection, Protocol } from './types';

/**
 * What each request costs, in units of the request budget, roughly in proportion to its reads, writes and notices.
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

/** A user's budget in relation to that of one connection: one busy tab leaves half of it to the user's other tabs. */
const USER_FACTOR = 2;

/**
 * A guest's requests are paid for by the guest's IP address, in lots. A lot is larger than the cost of any request, and
 * adds one write to every twentieth message only.
 */
const LOT_UNITS = 20;

/** How often a plain connection receives a text about its limit. Its other rejected frames get no reply. */
const TELL_RATE: Rate = { perSecond: 0.1, burst: 1 };

/** Notices about one user in a room, and about all users together. */
const NOTICES_PER_USER: Rate = { perSecond: 0.1, burst: 6 };
const NOTICES_PER_ROOM: Rate = { perSecond: 2, burst: 40 };

/** Seconds between two announcements that a user is typing in a room. */
export const TYPING_SECONDS = 5;
/** Allows an announcement half a second early, because network delays vary. */
const TYPING_RATE: Rate = { perSecond: 1 / TYPING_SECONDS, burst: 1.1 };

/** Notices of messages in one direct room, and in all direct rooms of the recipient. */
const DIRECT_NOTICES_PER_ROOM: Rate = { perSecond: 1 / 60, burst: 1 };
const DIRECT_NOTICES_PER_USER: Rate = { perSecond: 0.1, burst: 10 };

/** A connection younger than this may not have its record yet. */
const HANDSHAKE_MS = 60_000;
/** The number of counted connections that a handshake over the limit looks up. */
const STALE_CHECKS = 5;

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

/**
 * Charges an attempt to join a room that may not exist, before the room is read: otherwise parallel attempts could be made
 * for the price of one, and a client over the limit could still find a room by its success. Free for rooms that the user
 * was in a short time ago, so that a client can join many rooms again at once.
 *
 * @returns a function that refunds the charge. Call it if the room exists.
 * @throws ProblemError `rate-limited`.
 */
export async function chargeGuess(
  deps: LimitDependencies & { presence: Pick<Presence, 'isKnown'> },
  payer: Payer,
  room: string,
): Promise<() => Promise<void>> {
  if (await deps.presence.isKnown(room, payer.userId)) return async () => {};
  const { failedJoin, guestsPerAddress } = deps.limits;
  const charged: { owner: string; charge: BudgetCharge }[] = [];
  const refund = async () => {
    await Promise.all(charged.map(({ owner, charge }) => deps.budgets.refund(owner, charge)));
  };
  const payers = [{ owner: userOwner(payer.userId), rate: failedJoin }];
  if (payer.address !== undefined)
    payers.push({ owner: addressOwner(payer.address), rate: multiply(failedJoin, guestsPerAddress) });
  for (const { owner, rate } of payers) {
    const charge = { budget: 'failedJoins', rate, units: 1 };
    const result = await deps.budgets.charge(owner, [charge]);
    if (!result.allowed) {
      await refund();
      const detail = 'Too many attempts to join rooms that do not exist. Wait before you try again.';
      throw await rateLimitError(deps, payer, detail, result);
    }
    charged.push({ owner, charge });
  }
  return refund;
}

/**
 * Charges a missing or invalid token to the IP address of the handshake. Charged after the token is verified, so that
 * clients with invalid tokens do not block the other users of their address.
 *
 * @throws ProblemError `rate-limited`.
 */
export async function chargeRejectedToken(
  { budgets, limits }: LimitDependencies,
  address: string,
): Promise<void> {
  const rate = multiply(limits.failedJoin, limits.guestsPerAddress);
  const charge = { budget: 'refusedTokens', rate, units: 1 };
  const result = await budgets.charge(addressOwner(address), [charge]);
  if (result.allowed) return;
  const { retryAfterMs } = result;
  const detail = 'Too many connections without a valid token. Wait before you connect again.';
  throw new ProblemError('rate-limited', detail, { retryAfterMs });
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

/**
 * Counts a new connection, and requires that its user does not have too many. $disconnect is best-effort, so connections
 * that are counted but no longer have a record are removed from the count.
 *
 * @throws ProblemError `rate-limited`.
 */
export async function countConnection(
  deps: LimitDependencies & { connections: Pick<Connections, 'find'> },
  { userId, connectionId }: Payer,
): Promise<void> {
  const open = () => deps.budgets.openConnection(userId, connectionId, deps.limits.connectionsPerUser);
  const others = await open();
  if (!others) return;
  const candidates = others
    .filter(({ openedAt }) => openedAt < deps.now() - HANDSHAKE_MS)
    .slice(0, STALE_CHECKS);
  await Promise.all(
    candidates.map(async ({ connectionId: id }) => {
      if (!(await deps.connections.find(id))) await deps.budgets.forgetConnection(userId, id);
    }),
  );
  if (candidates.length > 0 && !(await open())) return;
  throw new ProblemError('rate-limited', 'You have too many open connections. Close one of them.', {
    retryAfterMs: HANDSHAKE_MS,
  });
}

/**
 * Returns whether members of a room are notified that a user joined, left or changed the name. Every member receives each
 * notice, so a user who joins and leaves in a loop causes a few notices, and then one every ten seconds. The next notice
 * contains the current member count.
 */
export async function chargeNotice(
  { budgets }: Pick<LimitDependencies, 'budgets'>,
  room: string,
  userId: string,
): Promise<boolean> {
  return chargeNotices(budgets, [
    [`notices#${room}#${userId}`, NOTICES_PER_USER],
    [`notices#${room}`, NOTICES_PER_ROOM],
  ]);
}

/** Returns whether a user may announce typing in a room. False while the previous announcement is still shown. */
export async function chargeTyping(
  { budgets }: Pick<LimitDependencies, 'budgets'>,
  room: string,
  userId: string,
): Promise<boolean> {
  const charge = { budget: 'typing', rate: TYPING_RATE, units: 1 };
  return (await budgets.charge(`typing#${room}#${userId}`, [charge])).allowed;
}

/**
 * Charges a notice of a message in a direct room to the room and the recipient. Returns whether it may be sent. The recipient's
 * budget limits how often many strangers together can interrupt one user.
 */
export async function chargeDirectNotice(
  { budgets }: Pick<LimitDependencies, 'budgets'>,
  room: string,
  userId: string,
): Promise<boolean> {
  return chargeNotices(budgets, [
    [`direct#${room}#${userId}`, DIRECT_NOTICES_PER_ROOM],
    [`direct#${userId}`, DIRECT_NOTICES_PER_USER],
  ]);
}

/** Charges a notice to several owners one after the other. Ends at the first one that has no budget left, and returns false. */
async function chargeNotices(
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

function addressOwner(address: string): string {
  return `address#${address}`;
}

/** The attributes of a user's connections are stored with the user's. */
export const CONNECTION_BUDGETS = ['messages', 'requests', 'told', 'opened'] as const;

export function connectionBudget(budget: (typeof CONNECTION_BUDGETS)[number], connectionId: string): string {
  return `${budget}#${connectionId}`;
}
