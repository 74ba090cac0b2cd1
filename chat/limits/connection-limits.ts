import type { Connections } from '../members/ports';
import { ProblemError } from '../protocol/problems';
import type { LimitDependencies, Payer } from './charge-action';
import type { OpenConnections } from './ports';

/** A connection younger than this may not have its record yet. */
const HANDSHAKE_MS = 60_000;
/** The number of counted connections that a handshake over the limit looks up. */
const STALE_CHECKS = 5;

/**
 * Counts a new connection, and requires that its user does not have too many. $disconnect is best-effort, so counted connections
 * without a record are removed from the count.
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
