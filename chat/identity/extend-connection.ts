import type { LimitDependencies } from '../limits/charge-action';
import { authorizeConnection, unauthenticatedError } from '../members/authorization';
import type { Connections } from '../members/ports';
import { areSameRights } from '../moderation/rights';
import { ProblemError } from '../protocol/problems';
import type { Reply } from '../protocol/replies';
import type { Frame } from '../protocol/requests';
import { formatTimestamp } from '../protocol/serialize';
import { identifyTokenUser } from './identify-client';
import type { TokenVerifier } from './ports';

export interface RefreshTokenDependencies extends LimitDependencies {
  connections: Pick<Connections, 'find' | 'listMemberships' | 'extendRecord' | 'extendMembership'>;
  tokens: TokenVerifier | undefined;
}

/**
 * Extends a connection with a new token of the same user: the connection and its memberships expire with the new token. The
 * username stays the same. A token with other rights requires a new connection, because memberships store the role.
 *
 * @throws ProblemError `unauthenticated` if the connection or the token is not valid; `rate-limited`; `invalid-frame`;
 *   `forbidden` for a guest, or for a token of another user or with other rights.
 */
export async function refreshToken(
  deps: RefreshTokenDependencies,
  connectionId: string,
  frame: Frame,
): Promise<Reply<'tokenRefreshed'>> {
  const { connection, request } = await authorizeConnection(deps, 'refreshToken', connectionId, frame);
  if (connection.tokenExpiresAt === undefined)
    throw new ProblemError('forbidden', 'A guest has no token to refresh. Connect with the token.');
  const { userId, tokenExpiresAt, rights } = await identifyTokenUser(deps.tokens, request.token);
  if (userId !== connection.userId)
    throw new ProblemError('forbidden', 'The token belongs to another user. Connect with it.');
  if (!areSameRights(rights, connection.rights))
    throw new ProblemError('forbidden', 'The token grants other rights. Connect with it.');
  if (!(await deps.connections.extendRecord(connection, tokenExpiresAt))) throw unauthenticatedError();
  // Read the memberships after the record is extended. A concurrent join is then either in this list, or reads the new expiry:
  // see `joinExistingRoom`.
  const memberships = await deps.connections.listMemberships(connectionId);
  await Promise.all(memberships.map((row) => deps.connections.extendMembership(row, tokenExpiresAt)));
  return { type: 'tokenRefreshed', tokenExpiresAt: formatTimestamp(tokenExpiresAt) };
}
