import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWTHeaderParameters, type JWTPayload, SignJWT } from 'jose';

/** A token issuer for tests: a key pair, and a server on the loopback interface that publishes the public key. */
export interface Issuer {
  readonly url: string;
  /** The paths that clients have requested. */
  readonly requests: readonly string[];
  /** The status of the server's responses. */
  status: number;
  /** The address that responses redirect to, if their status is a redirect. */
  location: string | undefined;
  /** Members that override the defaults of the discovery document. Undefined if the issuer has no discovery document. */
  discovery: Record<string, unknown> | undefined;
  /** Signs claims that are valid for an hour, with the overrides. A claim with the value undefined is omitted. */
  sign(claims?: JWTPayload, header?: Partial<JWTHeaderParameters>): Promise<string>;
  /** Replaces the key pair with a new key pair that has another key ID. */
  rotate(): Promise<void>;
  /** Returns the public key in its published form. */
  publicKey(): object;
  close(): Promise<void>;
}

export const AUDIENCE = 'roomcast-test';

/**
 * Starts an issuer on the loopback interface.
 *
 * @param port the port to listen on. Default: a free port.
 * @param alg the algorithm of the signatures.
 */
export async function startIssuer(port = 0, alg = 'ES256'): Promise<Issuer> {
  let keyCount = 0;
  const requests: string[] = [];
  let keys = await createKeys(++keyCount, alg);
  const issuer: Pick<Issuer, 'status' | 'location' | 'discovery'> = {
    status: 200,
    location: undefined,
    discovery: {},
  };
  const readDocument = (path: string | undefined): object | undefined => {
    const keySet = { keys: [keys.jwk] };
    if (path === '/.well-known/openid-configuration')
      return issuer.discovery && { issuer: url, jwks_uri: `${url}/keys`, ...issuer.discovery };
    if (path === '/keys') return keySet;
    // Issuers without a discovery document publish their keys here.
    return path === '/.well-known/jwks.json' && !issuer.discovery ? keySet : undefined;
  };
  const server = createServer((request, response) => {
    requests.push(request.url ?? '');
    const document = readDocument(request.url);
    response.writeHead(document ? issuer.status : 404, {
      'content-type': 'application/json',
      ...(issuer.location ? { location: issuer.location } : {}),
    });
    response.end(JSON.stringify(document ?? {}));
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return Object.assign(issuer, {
    url,
    requests,
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
  });
}

async function createKeys(number: number, alg: string) {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid: `key-${number}`, alg, use: 'sig' };
  return { privateKey, jwk };
}
