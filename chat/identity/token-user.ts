import { createHash } from 'node:crypto';
import { isUsername, MAX_NAME_LENGTH, normalizeName } from '../protocol/names';
import { ProblemError } from '../protocol/problems';
import { isRoomName } from '../rooms/room-keys';
import type { Rights, Role, User } from '../types';
import type { Claims } from './ports';

/** Claims that contain the display name, in order of precedence. The last two are standard OpenID Connect claims. */
const NAME_CLAIMS = ['roomcast:username', 'name', 'preferred_username'] as const;

/** The claim that contains a token's rights: an object, or the same object as a JSON string. */
const RIGHTS_CLAIM = 'roomcast:rights';

const ROLES: readonly unknown[] = ['owner', 'moderator', 'member', 'reader'] satisfies Role[];

/** Limits the size of the connection record, because every frame reads it. */
const MAX_RIGHTS_ROOMS = 50;

/** The user of a verified token. */
export interface TokenUser extends User {
  tokenExpiresAt: number;
  rights?: Rights;
}

/**
 * Maps the claims of a verified token to a user. The `userId` is a hash of the issuer and the subject, so that it is stable,
 * and unique across issuers.
 *
 * @throws ProblemError `unauthenticated` if the subject or the rights are not valid.
 */
export function toTokenUser({ iss, sub, exp, ...claims }: Claims): TokenUser {
  if (typeof sub !== 'string' || sub === '')
    throw new ProblemError('unauthenticated', 'The token has no sub.');
  const hash = createHash('sha256').update(`roomcast user ${JSON.stringify([iss, sub])}`);
  const userId = `u-${hash.digest('base64url').slice(0, 22)}`;
  const rights = readRights(claims[RIGHTS_CLAIM]);
  return {
    userId,
    username: readName(claims) ?? `user-${userId.slice(2, 6)}`,
    tokenExpiresAt: exp * 1000,
    ...(rights ? { rights } : {}),
  };
}

/** Returns the first claim that is a valid name. Shortens long names, because users cannot change their claims. */
function readName(claims: Readonly<Record<string, unknown>>): string | undefined {
  const texts = NAME_CLAIMS.map((claim) => claims[claim]).filter((value) => typeof value === 'string');
  const shorten = (text: string) => [...normalizeName(text)].slice(0, MAX_NAME_LENGTH).join('').trim();
  return texts.map(shorten).find(isUsername);
}

function readRights(claim: unknown): Rights | undefined {
  if (claim === undefined) return undefined;
  const value = typeof claim === 'string' ? parseJson(claim) : claim;
  if (!isRecord(value)) throw invalidRightsError('must be an object');
  const { admin = false, rooms = {} } = value;
  if (typeof admin !== 'boolean') throw invalidRightsError('admin must be true or false');
  if (!isRecord(rooms)) throw invalidRightsError('rooms must be an object');
  const granted = Object.entries(rooms);
  if (granted.length > MAX_RIGHTS_ROOMS)
    throw invalidRightsError(`rooms must have at most ${MAX_RIGHTS_ROOMS} members`);
  if (!granted.every(([room, role]) => isRoomName(room) && ROLES.includes(role)))
    throw invalidRightsError('rooms must map room numbers to roles');
  return {
    ...(admin ? { admin } : {}),
    ...(granted.length > 0 ? { rooms: rooms as Record<string, Role> } : {}),
  };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function invalidRightsError(reason: string): ProblemError {
  return new ProblemError('unauthenticated', `The claim ${RIGHTS_CLAIM} is not valid: ${reason}.`);
}
