import type { IncomingMessage } from 'node:http';
import type { JWTPayload } from 'jose';
import { formatClaims } from '../api-gateway/authorizers/claims';
import { readIdentitySource } from '../api-gateway/authorizers/identity-source';
import { createKeySets, type FindKeys } from '../api-gateway/authorizers/key-sets';
import type { Access } from './access';
import { GatewayError } from './gateway-response';
import type { CognitoAuthorizerModel } from './model';

type RunCognitoAuthorizer = (
  authorizer: CognitoAuthorizerModel,
  scopes: readonly string[],
  request: IncomingMessage,
  now: number,
) => Promise<Access>;

/**
 * Verifies the tokens of user pools with the pools' key sets. A method without scopes requires an ID token. A method with
 * scopes requires an access token with one of the scopes.
 *
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-integrate-with-cognito.html
 */
export function createCognitoAuthorizer(): RunCognitoAuthorizer {
  const findKeys = createKeySets(async (issuer) => `${issuer.replace(/\/$/, '')}/.well-known/jwks.json`);

  return async ({ issuers, identitySource }, scopes, request, now) => {
    const headers = request.headers as Record<string, string>;
    const value = readIdentitySource(identitySource, { headers, query: {}, stageVariables: {}, context: {} });
    if (value === undefined) throw reject('The token is missing.');
    const claims = await verify(value.replace(/^Bearer /, ''), issuers, findKeys, now);
    checkClaims(claims, scopes);
    return { authorizer: { claims: formatClaims(claims) } };
  };
}

async function verify(
  token: string,
  issuers: readonly string[],
  findKeys: FindKeys,
  now: number,
): Promise<JWTPayload> {
  // Loaded on first use, because most applications do not verify tokens.
  const { decodeJwt, errors, jwtVerify } = await import('jose');
  try {
    const issuer = issuers.find((each) => each === decodeJwt(token).iss);
    if (issuer === undefined) throw reject(`The token is not from ${issuers.join(' or ')}.`);
    const options = { algorithms: ['RS256'], issuer, currentDate: new Date(now) };
    return (await jwtVerify(token, await findKeys(issuer), options)).payload;
  } catch (error) {
    if (error instanceof GatewayError) throw error;
    if (error instanceof errors.JWTExpired)
      throw new GatewayError({ type: 'UNAUTHORIZED', message: 'The incoming token has expired' });
    throw reject(`Invalid token: ${error instanceof Error ? error.message : error}.`);
  }
}

function checkClaims({ token_use: use, scope }: JWTPayload, scopes: readonly string[]): void {
  const required = scopes.length === 0 ? 'id' : 'access';
  if (use !== required) throw reject(`The method requires an ${required} token, but token_use is ${use}.`);
  const own = typeof scope === 'string' ? scope.split(' ') : [];
  if (scopes.length > 0 && !scopes.some((each) => own.includes(each)))
    throw reject(`The token has none of the scopes ${scopes.join(', ')}.`);
}

function reject(reason: string): GatewayError {
  return new GatewayError({ type: 'UNAUTHORIZED', reason });
}
