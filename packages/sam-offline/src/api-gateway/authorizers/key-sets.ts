import type { JWTVerifyGetKey } from 'jose';

/** API Gateway can cache an issuer's public key for two hours. */
const KEYS_MAX_AGE_MILLIS = 7_200_000;
export const FETCH_TIMEOUT_MILLIS = 5_000;

/** Returns the public keys of an issuer, which verify the signatures of its tokens. */
export type FindKeys = (issuer: string) => Promise<JWTVerifyGetKey>;

/** @param locate returns the URL of the key set of an issuer */
export function createKeySets(locate: (issuer: string) => Promise<string>): FindKeys {
  const keysByIssuer = new Map<string, Promise<JWTVerifyGetKey>>();

  async function fetchKeys(issuer: string): Promise<JWTVerifyGetKey> {
    const url = await locate(issuer);
    // Loaded on first use, because most applications do not verify tokens.
    const { createRemoteJWKSet } = await import('jose');
    return createRemoteJWKSet(new URL(url), {
      cacheMaxAge: KEYS_MAX_AGE_MILLIS,
      timeoutDuration: FETCH_TIMEOUT_MILLIS,
    });
  }

  return (issuer) => {
    const found = keysByIssuer.get(issuer) ?? fetchKeys(issuer);
    keysByIssuer.set(issuer, found);
    // If the keys cannot be fetched, the next request tries again.
    found.catch(() => keysByIssuer.delete(issuer));
    return found;
  };
}
