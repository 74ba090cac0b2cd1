import { createHash, randomBytes, randomInt } from 'node:crypto';
import { ProblemError } from './problems';
import { isUsername } from './text';
import type { Protocol, User } from './types';

const GUEST_SECRET = /^[A-Za-z0-9_.~-]{22,128}$/;
const GUEST_ENTRY = 'guest.';

/** What a client brings to its handshake, as strings: subprotocol entries and query parameters. */
export interface Handshake {
  subprotocols: readonly string[];
  query: Readonly<Record<string, string | undefined>>;
}

export interface Introduction extends User {
  protocol: Protocol;
  /** The subprotocol to echo; a browser drops a connection that asked for one and got none. */
  subprotocol?: 'roomcast.v1';
}

/**
 * Decides who connects and how they talk. A guest's `userId` is a hash of the secret it brings: the same secret is
 * the same user, and nobody can claim to be another without knowing theirs. Without one the guest is new each time.
 *
 * @throws ProblemError `invalid-frame` for a subprotocol, username or secret that is not the protocol's.
 */
export function introduce(handshake: Handshake): Introduction {
  const { protocol, subprotocol, guest } = negotiate(handshake);
  return {
    userId: userIdOf(guest ?? randomBytes(16).toString('base64url')),
    username: usernameOf(handshake.query.username),
    protocol,
    ...(subprotocol ? { subprotocol } : {}),
  };
}

function negotiate({ subprotocols, query }: Handshake) {
  const guests = subprotocols.filter((entry) => entry.startsWith(GUEST_ENTRY));
  const others = subprotocols.filter((entry) => !entry.startsWith(GUEST_ENTRY));
  const subprotocol = others.includes('roomcast.v1') ? ('roomcast.v1' as const) : undefined;
  if (!subprotocol && subprotocols.length > 0) {
    throw new ProblemError('invalid-frame', 'The subprotocol must be roomcast.v1, or none at all.');
  }
  if (query.protocol !== undefined && query.protocol !== 'roomcast.v1') {
    throw new ProblemError('invalid-frame', 'The protocol must be roomcast.v1, or not given at all.');
  }
  const guest = guests[0]?.slice(GUEST_ENTRY.length) ?? query.guest;
  if (guests.length > 1 || (guest !== undefined && !GUEST_SECRET.test(guest))) {
    throw new ProblemError('invalid-frame', 'A guest secret is 22 to 128 URL-safe characters.');
  }
  const protocol: Protocol = subprotocol ?? (query.protocol as 'roomcast.v1' | undefined) ?? 'plain';
  return { protocol, subprotocol, guest };
}

function userIdOf(guestSecret: string): string {
  const hash = createHash('sha256').update(`roomcast guest ${guestSecret}`).digest('base64url');
  return `g-${hash.slice(0, 22)}`;
}

function usernameOf(requested: string | undefined): string {
  if (requested === undefined) return `guest-${randomInt(1000, 10_000)}`;
  const name = requested.trim();
  if (!isUsername(name)) {
    throw new ProblemError('invalid-frame', 'A username is 1 to 32 printable characters.');
  }
  return name;
}
