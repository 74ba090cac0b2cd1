import type { TokenVerifier } from '../../chat/identity/ports';
import { createTokenVerifier } from '../../chat/identity/token-verifier';
import { requireVariable } from './environment';

/** Creates a verifier for tokens of the configured issuer. Returns undefined if no issuer is configured. */
export function createVerifier(): TokenVerifier | undefined {
  const { JWT_ISSUER } = process.env;
  if (!JWT_ISSUER) return undefined;
  return createTokenVerifier({ issuer: JWT_ISSUER, audience: requireVariable('JWT_AUDIENCE') });
}
