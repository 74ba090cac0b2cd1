import type { JWTVerifyGetKey } from 'jose';

/** "API Gateway can cache the public key for two hours." */
const KEYS_MAX_AGE_MILLIS = 7_200_000;
export const FETCH_TIMEOUT_MILLIS = 5_000;

/** Returns the keys that an issuer signs tokens with. */
export type FindKeys = (issuer: string) => Promise<JWTVerifyGetKey>;

/** @param locate returns the URL of the key set of an issuer */
export function createKeySets(locate: (issuer: string) => Promise<string>): FindKeys {
  const keysByIssuer = new Map<string, Promise<JWTVerifyGetKey>>();

  async function fetchKeys(issuer: string): Promise<JWTVerifyGetKey> {
    const url = await locate(issuer);
    // Loaded when needed, because most applications verify no tokens.
    const { createRemoteJWKSet } = await import('jose');
    return createRemoteJWKSet(new URL(url), {
      cacheMaxAge: KEYS_MAX_AGE_MILLIS,
      timeoutDuration: FETCH_TIMEOUT_MILLIS,
    });
  }

  return (issuer) => {
    const found = keysByIssuer.get(issuer) ?? fetchKeys(issuer);
    keysByIssuer.set(issuer, found);
    // The next request tries again.
    found.catch(() => keysByIssuer.delete(issuer));
    return found;
  };
}
