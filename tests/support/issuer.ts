import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWTHeaderParameters, type JWTPayload, SignJWT } from 'jose';

/** A token issuer for tests: a key pair, and a server on the loopback interface with its JSON Web Key Set. */
export interface Issuer {
  readonly url: string;
  /** The number of requests for the keys. */
  readonly requests: number;
  /** The status with which the server responds. */
  status: number;
  /** Signs claims that are valid for an hour, with the overrides. A claim of undefined is left out. */
  sign(claims?: JWTPayload, header?: Partial<JWTHeaderParameters>): Promise<string>;
  /** Replaces the key pair by one with another key ID. */
  rotate(): Promise<void>;
  /** The public key as it is published. */
  publicKey(): object;
  close(): Promise<void>;
}

export const AUDIENCE = 'roomcast-test';

/**
 * @param port the port to listen on. Default: a free port.
 * @param alg the algorithm of the signatures.
 */
export async function startIssuer(port = 0, alg = 'ES256'): Promise<Issuer> {
  let keyCount = 0;
  let requests = 0;
  let keys = await createKeys(++keyCount, alg);
  const issuer = { status: 200 };
  const server = createServer((_, response) => {
    requests += 1;
    response.writeHead(issuer.status, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ keys: [keys.jwk] }));
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return Object.defineProperties(
    Object.assign(issuer, {
      url,
      async sign(claims: JWTPayload = {}, header: Partial<JWTHeaderParameters> = {}) {
        const now = Math.floor(Date.now() / 1000);
        const payload = { iss: url, aud: AUDIENCE, sub: 'ada', iat: now, exp: now + 3600, ...claims };
        return new SignJWT(payload)
          .setProtectedHeader({ alg, kid: keys.jwk.kid, ...header })
          .sign(keys.privateKey);
      },
      async rotate() {
        keys = await createKeys(++keyCount, alg);
      },
      publicKey: () => keys.jwk,
      async close() {
        server.closeAllConnections();
        server.close();
        await once(server, 'close');
      },
    }),
    { requests: { get: () => requests } },
  ) as Issuer;
}

async function createKeys(number: number, alg: string) {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid: `key-${number}`, alg, use: 'sig' };
  return { privateKey, jwk };
}
