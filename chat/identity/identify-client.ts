import { createHash, randomBytes } from 'node:crypto';
import { isUsername, normalizeName } from '../protocol/names';
import { ProblemError } from '../protocol/problems';
import { hashUserId } from '../rooms/room-keys';
import type { Connection, Protocol, User } from '../types';
import type { TokenVerifier } from './ports';
import { type TokenUser, toTokenUser } from './token-user';

const GUEST_SECRET = /^[A-Za-z0-9_.~-]{22,128}$/;
const GUEST_PREFIX = 'guest.';
const TOKEN_PREFIX = 'token.';

/**
 * API Gateway accepts 10,240 bytes for the request line and the headers. This limit leaves 2 KB for the other headers that
 * browsers send.
 */
const MAX_TOKEN_LENGTH = 8192;

export interface IdentityDependencies {
  /** Undefined if the server accepts no tokens. */
  tokens: TokenVerifier | undefined;
  /** Whether clients can connect without a token. */
  guests: 'full' | 'none';
  /** Whether the URL may contain the guest secret. Proxies log URLs, and shells keep them in the command history. */
  guestSecretInUrl: 'on' | 'off';
}

/** The parts of a handshake that identify the client: its subprotocols and query parameters. */
export interface Handshake {
  subprotocols: readonly string[];
  query: Readonly<Record<string, string | undefined>>;
}

export interface ClientIdentity extends User, Partial<Pick<TokenUser, 'tokenExpiresAt' | 'rights'>> {
  protocol: Protocol;
  /** The subprotocol to return. Browsers close the connection if the server does not return the requested subprotocol. */
  subprotocol?: 'roomcast.v1';
}

/**
 * Determines the user and the protocol of a new connection. A token identifies its user. A client without a token is a guest,
 * and the `userId` is a hash of the guest's secret. The same secret always identifies the same guest, and nobody can
 * impersonate a guest without the secret. Guests without a secret get a new `userId` for each connection.
 *
 * @throws ProblemError `invalid-frame` for an invalid subprotocol, username or secret; `unauthenticated` for a token that is
 *   not valid, or for a client without a token if the server requires tokens.
 */
export async function identifyClient(
  deps: IdentityDependencies,
  handshake: Handshake,
): Promise<ClientIdentity> {
  const { protocol, subprotocol, guestSecret, token } = negotiate(deps, handshake);
  const user =
    token === undefined
      ? identifyGuest(deps, guestSecret, handshake.query.username)
      : await identifyTokenUser(deps.tokens, token);
  return { ...user, protocol, ...(subprotocol ? { subprotocol } : {}) };
}

/**
 * Verifies a token and returns its user.
 *
 * @throws ProblemError `invalid-frame` if the token is too long, or `unauthenticated` if it is not valid.
 */
export async function identifyTokenUser(
  tokens: TokenVerifier | undefined,
  token: string,
): Promise<TokenUser> {
  if (token.length > MAX_TOKEN_LENGTH) {
    const detail = `The token has ${token.length} characters. The limit is ${MAX_TOKEN_LENGTH}.`;
    throw new ProblemError('invalid-frame', detail);
  }
  if (!tokens)
    throw new ProblemError('unauthenticated', 'This server accepts no tokens. Connect as a guest.');
  return toTokenUser(await tokens.verify(token));
}

/** Returns the connection's user with a requested name, unless a token determines the name. */
export function chooseName({ userId, username, tokenExpiresAt }: Connection, requested?: string): User {
  return { userId, username: tokenExpiresAt === undefined ? (requested ?? username) : username };
}

function identifyGuest(
  { guests }: IdentityDependencies,
  secret: string | undefined,
  username: string | undefined,
): User {
  if (guests === 'none')
    throw new ProblemError('unauthenticated', 'This server requires a token. Send token.<JWT>.');
  const userId = deriveUserId(secret ?? randomBytes(16).toString('base64url'));
  return {
    userId,
    username: readUsername(username, userId),
  };
}

function negotiate(
  { guestSecretInUrl }: Pick<IdentityDependencies, 'guestSecretInUrl'>,
  { subprotocols, query }: Handshake,
) {
  const guests = subprotocols.filter((entry) => entry.startsWith(GUEST_PREFIX));
  const tokens = subprotocols.filter((entry) => entry.startsWith(TOKEN_PREFIX));
  const subprotocol = subprotocols.includes('roomcast.v1') ? ('roomcast.v1' as const) : undefined;
  if (!subprotocol && subprotocols.length > 0) {
    throw new ProblemError('invalid-frame', 'Unsupported subprotocol. Request roomcast.v1 or none.');
  }
  if (query.protocol !== undefined && query.protocol !== 'roomcast.v1') {
    throw new ProblemError('invalid-frame', 'Unsupported protocol. Set protocol to roomcast.v1 or omit it.');
  }
  if (query.guest !== undefined && guestSecretInUrl === 'off') {
    const detail =
      'The server accepts no guest secret in the URL. Send guest.<secret> as a subprotocol after roomcast.v1.';
    throw new ProblemError('invalid-frame', detail);
  }
  const guestSecret = guests[0]?.slice(GUEST_PREFIX.length) ?? query.guest;
  if (guests.length > 1 || (guestSecret !== undefined && !GUEST_SECRET.test(guestSecret))) {
    throw new ProblemError(
      'invalid-frame',
      'Invalid guest secret. Send one secret of 22 to 128 URL-safe characters.',
    );
  }
  if (tokens.length > 1 || (tokens.length > 0 && guestSecret !== undefined))
    throw new ProblemError('invalid-frame', 'Send one token or one guest secret.');
  const token = tokens[0]?.slice(TOKEN_PREFIX.length);
  const protocol: Protocol = subprotocol ?? (query.protocol as 'roomcast.v1' | undefined) ?? 'plain';
  return { protocol, subprotocol, guestSecret, token };
}

function deriveUserId(guestSecret: string): string {
  const hash = createHash('sha256').update(`roomcast guest ${guestSecret}`).digest('base64url');
  return `g-${hash.slice(0, 22)}`;
}

/**
 * Returns the requested name. A guest who requests no name gets a name that is derived from the user ID, so that the name is
 * the same on all connections.
 */
function readUsername(requested: string | undefined, userId: string): string {
  if (requested === undefined) return `guest-${1000 + (hashUserId(userId) % 9000)}`;
  const name = normalizeName(requested);
  if (!isUsername(name)) {
    throw new ProblemError('invalid-frame', 'username must be 1 to 32 printable characters.');
  }
  return name;
}
