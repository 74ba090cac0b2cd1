import type { Connections } from '../members/ports';
import { ProblemError } from '../protocol/problems';
import {
  addressOwner,
  type LimitDependencies,
  type Limits,
  type Payer,
  rejectionCheck,
} from './charge-action';
import type { BudgetCharge, Budgets, OpenConnections } from './ports';

/** A connection younger than this may not have a record yet. */
const HANDSHAKE_MS = 60_000;
/** The number of counted connections that a handshake over the limit looks up. */
const STALE_CHECKS = 5;

/**
 * The budget of an address for open connections refills in this number of seconds, which is API Gateway's maximum connection
 * duration. If the $disconnect of a connection is lost, the connection no longer counts after this time.
 */
const CONNECTION_SECONDS = 2 * 3600;

function addressCharge(connectionsPerAddress: number): BudgetCharge {
  const rate = { perSecond: connectionsPerAddress / CONNECTION_SECONDS, burst: connectionsPerAddress };
  return { budget: 'connections', rate, units: 1 };
}

/**
 * Counts a new connection of a guest for its IP address, and checks that the address has not sent too many frames over a limit.
 *
 * @throws ProblemError `rate-limited`.
 */
export async function countAddressConnection(
  { budgets, limits }: LimitDependencies,
  address: string | undefined,
): Promise<void> {
  if (address === undefined) return;
  const owner = addressOwner(address);
  const check = rejectionCheck(limits);
  const result = await budgets.charge(owner, [addressCharge(limits.connectionsPerAddress), check]);
  if (result.allowed) return;
  const detail = (await budgets.charge(owner, [check])).allowed
    ? 'Your network has too many open connections. Close one of them.'
    : 'Your network has sent too many frames over its limits. Wait before you connect again.';
  throw new ProblemError('rate-limited', detail, { retryAfterMs: HANDSHAKE_MS });
}

/** Refunds a closed connection to the budget of its IP address. */
export async function forgetAddressConnection(
  { budgets, limits }: { budgets: Pick<Budgets, 'refund'>; limits: Pick<Limits, 'connectionsPerAddress'> },
  address: string | undefined,
): Promise<void> {
  if (address !== undefined)
    await budgets.refund(addressOwner(address), addressCharge(limits.connectionsPerAddress));
}

/**
 * Counts a new connection, and checks that its user does not have too many. $disconnect is best-effort, so this function stops
 * counting connections that no longer have a record.
 *
 * @throws ProblemError `rate-limited`.
 */
export async function countConnection(
  deps: LimitDependencies & { budgets: OpenConnections; connections: Pick<Connections, 'find'> },
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
