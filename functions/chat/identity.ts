import { createHash, randomBytes, randomInt } from 'node:crypto';
import { ProblemError } from './problems';
import { isUsername } from './text';
import type { Protocol, User } from './types';

const GUEST_SECRET = /^[A-Za-z0-9_.~-]{22,128}$/;
const GUEST_PREFIX = 'guest.';

/** The parts of a handshake that identify the client: its subprotocols and query parameters. */
export interface Handshake {
  subprotocols: readonly string[];
  query: Readonly<Record<string, string | undefined>>;
}

export interface ClientIdentity extends User {
  protocol: Protocol;
  /** The subprotocol to return. Browsers close a connection whose requested subprotocol is not returned. */
  subprotocol?: 'roomcast.v1';
}

/**
 * Determines the user and the protocol of a new connection. A guest's `userId` is a hash of the guest's secret: the same
 * secret always yields the same user, and nobody can impersonate a guest without it. Guests without a secret get a new
 * `userId` for each connection.
 *
 * @throws ProblemError `invalid-frame` for an invalid subprotocol, username or secret.
 */
export function identifyClient(handshake: Handshake): ClientIdentity {
  const { protocol, subprotocol, guestSecret } = negotiate(handshake);
  return {
    userId: deriveUserId(guestSecret ?? randomBytes(16).toString('base64url')),
    username: readUsername(handshake.query.username),
    protocol,
    ...(subprotocol ? { subprotocol } : {}),
  };
}

function negotiate({ subprotocols, query }: Handshake) {
  const guests = subprotocols.filter((entry) => entry.startsWith(GUEST_PREFIX));
  const others = subprotocols.filter((entry) => !entry.startsWith(GUEST_PREFIX));
  const subprotocol = others.includes('roomcast.v1') ? ('roomcast.v1' as const) : undefined;
  if (!subprotocol && subprotocols.length > 0) {
    throw new ProblemError('invalid-frame', 'Unsupported subprotocol. Request roomcast.v1 or none.');
  }
  if (query.protocol !== undefined && query.protocol !== 'roomcast.v1') {
    throw new ProblemError('invalid-frame', 'Unsupported protocol. Set protocol to roomcast.v1 or omit it.');
  }
  const guestSecret = guests[0]?.slice(GUEST_PREFIX.length) ?? query.guest;
  if (guests.length > 1 || (guestSecret !== undefined && !GUEST_SECRET.test(guestSecret))) {
    throw new ProblemError(
      'invalid-frame',
      'Invalid guest secret. Send one secret of 22 to 128 URL-safe characters.',
    );
  }
  const protocol: Protocol = subprotocol ?? (query.protocol as 'roomcast.v1' | undefined) ?? 'plain';
  return { protocol, subprotocol, guestSecret };
}

function deriveUserId(guestSecret: string): string {
  const hash = createHash('sha256').update(`roomcast guest ${guestSecret}`).digest('base64url');
  return `g-${hash.slice(0, 22)}`;
}

/** Returns whether a user is a guest, that is, has no account elsewhere. */
export function isGuest(userId: string): boolean {
  return userId.startsWith('g-');
}

function readUsername(requested: string | undefined): string {
  if (requested === undefined) return `guest-${randomInt(1000, 10_000)}`;
  const name = requested.trim();
  if (!isUsername(name)) {
    throw new ProblemError('invalid-frame', 'username must be 1 to 32 printable characters.');
  }
  return name;
}
