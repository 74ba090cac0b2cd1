import { createRemoteJWKSet, customFetch, errors, type JWTVerifyGetKey, jwtVerify } from 'jose';
import * as z from 'zod/mini';
import { ProblemError } from '../protocol/problems';
import type { Claims, TokenVerifier } from './ports';

export interface VerifierOptions {
  /** The required `iss` claim, which must match exactly. */
  issuer: string;
  /** The required `aud` claim. A token for several audiences must include this audience. */
  audience: string;
}

/** The members of an OpenID Connect discovery document that the verifier uses. */
const discoverySchema = z.object({ issuer: z.string(), jwks_uri: z.url() });

/** Asymmetric algorithms only. With a shared-secret algorithm, anybody could sign tokens with the public key. */
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];

/** Tolerance for an issuer whose clock is ahead. Applies to `nbf` only: see `requireUnexpired`. */
const CLOCK_TOLERANCE_SECONDS = 10;

const KEYS_MAX_AGE_MS = 600_000;
/** Minimum time between two requests for the keys while tokens have unknown keys. */
const UNKNOWN_KEY_COOLDOWN_MS = 30_000;
/** Minimum time between two requests for the keys after a request has failed. */
const FAILURE_COOLDOWN_MS = 5_000;
/** Leaves the function enough time to respond with `unavailable` before it times out. */
const FETCH_TIMEOUT_MS = 4_000;

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Errors for a token whose key is not one of the issuer's keys. All other errors mean that the keys are unavailable. */
const KEY_MISMATCHES = [errors.JWKSNoMatchingKey, errors.JWKSMultipleMatchingKeys, errors.JOSENotSupported];

/**
 * Creates a verifier for the JSON Web Tokens of one issuer. The execution environment caches the issuer's keys.
 *
 * @throws Error if the issuer is neither `https:` nor on the loopback interface. A deployed function reaches only itself on
 *   that interface.
 */
export function createTokenVerifier({ issuer, audience }: VerifierOptions): TokenVerifier {
  const getKey = createKeySource(issuer);
  const options = {
    issuer,
    audience,
    algorithms: ALGORITHMS,
    clockTolerance: CLOCK_TOLERANCE_SECONDS,
    requiredClaims: ['sub', 'exp'],
  };
  return {
    async verify(token) {
      try {
        const { payload } = await jwtVerify(token, getKey, options);
        return requireUnexpired(payload as Claims);
      } catch (error) {
        throw error instanceof errors.JOSEError ? toProblem(error) : error;
      }
    },
  };
}

/** Creates a source of the issuer's keys. Every request for the keys also discovers their URL, so both are cached together. */
function createKeySource(issuer: string): JWTVerifyGetKey {
  requireSecureUrl(issuer);
  const fetchKeys = createGuardedFetch(async (_, init) => {
    const url = await discoverKeysUrl(issuer, init);
    return requireSuccess(await fetch(url, init));
  });
  const keys = createRemoteJWKSet(new URL(issuer), {
    cacheMaxAge: KEYS_MAX_AGE_MS,
    cooldownDuration: UNKNOWN_KEY_COOLDOWN_MS,
    timeoutDuration: FETCH_TIMEOUT_MS,
    [customFetch]: fetchKeys,
  });
  return async (header, token) => {
    try {
      return await keys(header, token);
    } catch (error) {
      if (KEY_MISMATCHES.some((mismatch) => error instanceof mismatch)) throw error;
      throw new Error("The issuer's keys are unavailable.", { cause: error });
    }
  };
}

/**
 * Returns the URL of the issuer's keys from its discovery document (OpenID Connect Discovery 1.0, section 4). Returns
 * `/.well-known/jwks.json` below the issuer if the issuer has no such document.
 */
async function discoverKeysUrl(issuer: string, init: RequestInit | undefined): Promise<string> {
  const wellKnown = `${issuer.replace(/\/$/, '')}/.well-known`;
  const response = await fetch(`${wellKnown}/openid-configuration`, init);
  if (response.status === 404) return `${wellKnown}/jwks.json`;
  const document = discoverySchema.parse(await requireSuccess(response).json());
  if (document.issuer !== issuer)
    throw new Error(`The discovery document names the issuer ${document.issuer}.`);
  requireSecureUrl(document.jwks_uri);
  return document.jwks_uri;
}

function requireSecureUrl(url: string): void {
  const { protocol, hostname } = new URL(url);
  if (protocol !== 'https:' && !(protocol === 'http:' && LOOPBACK.has(hostname)))
    throw new Error(`The URLs of the issuer must start with https://, but one is ${url}.`);
}

function requireSuccess(response: Response): Response {
  if (!response.ok) throw new Error(`The issuer returned ${response.status}.`);
  return response;
}

/**
 * Limits the requests to an issuer that is failing. The library's cooldown starts only after a successful request, so each
 * token would cause another request.
 */
function createGuardedFetch(fetchKeys: typeof fetch): typeof fetch {
  let failedAt = Number.NEGATIVE_INFINITY;
  return async (...request) => {
    if (Date.now() < failedAt + FAILURE_COOLDOWN_MS) throw new Error('The last request failed.');
    try {
      return await fetchKeys(...request);
    } catch (error) {
      failedAt = Date.now();
      throw error;
    }
  };
}

/**
 * Applies no tolerance to `exp`. Rows expire with the token, so a tolerance would accept connections that expire immediately.
 */
function requireUnexpired(claims: Claims): Claims {
  if (claims.exp * 1000 > Date.now()) return claims;
  throw new ProblemError('unauthenticated', 'The token has expired.');
}

function toProblem(error: errors.JOSEError): ProblemError {
  if (error instanceof errors.JWTExpired)
    return new ProblemError('unauthenticated', 'The token has expired.');
  if (error instanceof errors.JWTClaimValidationFailed)
    return new ProblemError(
      'unauthenticated',
      `The token's claim ${error.claim} is missing or not accepted.`,
    );
  return new ProblemError('unauthenticated', 'The token is not valid.');
}
