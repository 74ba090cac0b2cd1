import type { TokenVerifier } from '../../chat/identity/ports';
import { createTokenVerifier } from '../../chat/identity/token-verifier';
import { requireVariable } from './environment';

/** Creates the verifier of the configured issuer's tokens. Returns undefined if no issuer is configured. */
export function createVerifier(): TokenVerifier | undefined {
  const { JWT_ISSUER } = process.env;
  if (!JWT_ISSUER) return undefined;
  return createTokenVerifier({ issuer: JWT_ISSUER, audience: requireVariable('JWT_AUDIENCE') });
}
