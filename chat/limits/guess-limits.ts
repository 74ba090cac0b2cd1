import type { Presence } from '../members/ports';
import { ProblemError } from '../protocol/problems';
import {
  addressOwner,
  type LimitDependencies,
  multiply,
  type Payer,
  rateLimitError,
  userOwner,
} from './charge-action';
import type { BudgetCharge } from './ports';

/**
 * Charges an attempt to join a room that may not exist. Call this function before the room is read. Otherwise, parallel
 * attempts would cost as much as one attempt, and a client over the limit could still find a room. Rooms that the user has
 * recently left are free, so that a client can rejoin many rooms at once.
 *
 * @returns a function that refunds the charge. Call it if the room exists.
 * @throws ProblemError `rate-limited`.
 */
export async function chargeGuess(
  deps: LimitDependencies & { presence: Pick<Presence, 'findFirstJoin'> },
  payer: Payer,
  room: string,
): Promise<() => Promise<void>> {
  if ((await deps.presence.findFirstJoin(room, payer.userId)) !== undefined) return async () => {};
  const { failedJoin, guestsPerAddress } = deps.limits;
  const charged: { owner: string; charge: BudgetCharge }[] = [];
  const refund = async () => {
    await Promise.all(charged.map(({ owner, charge }) => deps.budgets.refund(owner, charge)));
  };
  const payers = [{ owner: userOwner(payer.userId), rate: failedJoin }];
  if (payer.address !== undefined)
    payers.push({ owner: addressOwner(payer.address), rate: multiply(failedJoin, guestsPerAddress) });
  const results = await Promise.all(
    payers.map(async ({ owner, rate }) => {
      const charge = { budget: 'failedJoins', rate, units: 1 };
      const result = await deps.budgets.charge(owner, [charge]);
      if (result.allowed) charged.push({ owner, charge });
      return result;
    }),
  );
  const refused = results.find((result) => !result.allowed);
  if (!refused || refused.allowed) return refund;
  await refund();
  const detail = 'Too many attempts to join rooms that do not exist. Wait before you try again.';
  throw await rateLimitError(deps, payer, detail, refused);
}

/**
 * Charges a missing or invalid token to the IP address of the handshake. Call this function after the token is verified, so
 * that clients with invalid tokens do not block other users of their address.
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
