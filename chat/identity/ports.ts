/** The claims of a verified token (RFC 7519). `exp` is in epoch seconds. */
export interface Claims {
  iss: string;
  sub: unknown;
  exp: number;
  [name: string]: unknown;
}

export interface TokenVerifier {
  /**
   * Verifies a token's signature, issuer, audience and period of validity, and returns its claims.
   *
   * @throws ProblemError `unauthenticated` if the token is not valid. Any other error means that the keys of the issuer are
   *   unavailable.
   */
  verify(token: string): Promise<Claims>;
}
