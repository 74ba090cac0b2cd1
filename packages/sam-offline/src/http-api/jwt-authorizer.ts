import type { JWTPayload } from 'jose';
import { formatClaims } from '../api-gateway/authorizers/claims';
import { createKeySets, FETCH_TIMEOUT_MILLIS } from '../api-gateway/authorizers/key-sets';
import type { JwtAuthorizerModel } from '../api-gateway/model';
import { isObject } from '../core/service';
import type { JwtIdentity } from '../http-invocation/event';
import type { Access } from './access';

/**
 * Authorizes a request with a JSON Web Token.
 *
 * @param value the value of the identity source
 * @param scopes the scopes of the route. If the list is not empty, the token must have one of the scopes
 * @param now epoch milliseconds
 */
export type RunJwtAuthorizer = (
  authorizer: JwtAuthorizerModel,
  value: string | undefined,
  scopes: readonly string[],
  now: number,
) => Promise<Access>;

/** JWT authorizers support only RSA-based algorithms. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'];

/**
 * Runs the JWT authorizers of HTTP APIs. Fetches the keys of an issuer from the `jwks_uri` of its OpenID configuration.
 *
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
 */
export function createJwtAuthorizers(): RunJwtAuthorizer {
  const findKeys = createKeySets(locateKeys);

  return async (authorizer, value, scopes, now) => {
    const token = value?.replace(/^Bearer /, '');
    if (token === undefined) return reject('The token is missing.');
    const { issuer, audience } = authorizer;
    // Loaded on first use, because most applications have no JWT authorizer.
    const { decodeProtectedHeader, errors, jwtVerify } = await import('jose');
    try {
      // For a token without a key ID, the library would use the key of an issuer that has only one key.
      if (decodeProtectedHeader(token).kid === undefined)
        return rejectToken('the token has no key ID', scopes);
      const keys = await findKeys(issuer);
      const { payload } = await jwtVerify(token, keys, {
        algorithms: ALGORITHMS,
        issuer,
        currentDate: new Date(now),
      });
      return checkClaims(payload, audience, scopes, now);
    } catch (error) {
      if (error instanceof errors.JWTExpired) return rejectToken('the token has expired', scopes);
      return rejectToken(error instanceof Error ? error.message : String(error), scopes);
    }
  };
}

/** Returns the `jwks_uri` in an issuer's OpenID configuration. */
async function locateKeys(issuer: string): Promise<string> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const response = await fetch(url, { signal: AbortSignal.timeout(FETCH_TIMEOUT_MILLIS) });
  if (!response.ok) throw new Error(`${url} returned ${response.status}`);
  const configuration: unknown = await response.json();
  if (!isObject(configuration) || typeof configuration.jwks_uri !== 'string')
    throw new Error(`${url} has no jwks_uri`);
  return configuration.jwks_uri;
}

/** Checks the claims that depend on the authorizer and the route. `client_id` is checked only if the token has no `aud`. */
function checkClaims(
  payload: JWTPayload,
  audience: readonly string[],
  scopes: readonly string[],
  now: number,
): Access {
  if (payload.iat !== undefined && payload.iat > now / 1000)
    return rejectToken('the token is used before it was issued', scopes);
  const audiences: unknown[] = [payload.aud ?? payload.client_id].flat();
  if (!audiences.some((value) => audience.includes(String(value))))
    return rejectToken('the token does not have a valid audience', scopes);
  const own = readScopes(payload);
  if (scopes.length > 0 && !scopes.some((scope) => own.includes(scope)))
    return {
      status: 403,
      reason: `The token has none of the scopes ${scopes.join(', ')}.`,
      headers: { 'www-authenticate': `Bearer scope="${scopes.join(' ')}" error="insufficient_scope"` },
    };
  const jwt: JwtIdentity = { claims: formatClaims(payload), scopes: scopes.length === 0 ? null : own };
  return { identity: { jwt } };
}

/** Returns the scopes of a token. `scope` is a string with spaces. `scp` is a string or a list. */
function readScopes({ scope, scp }: JWTPayload): string[] {
  return [scope ?? scp ?? []].flat().flatMap((value) => String(value).split(' '));
}

function reject(reason: string): Access {
  return { status: 401, reason, headers: { 'www-authenticate': 'Bearer' } };
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-jwt.html */
function rejectToken(description: string, scopes: readonly string[]): Access {
  const text = description.replace(/["\\\r\n]/g, "'");
  return {
    status: 401,
    reason: `Invalid token: ${text}.`,
    headers: {
      'www-authenticate': `Bearer scope="${scopes.join(' ')}" error="invalid_token" error_description="${text}"`,
    },
  };
}
