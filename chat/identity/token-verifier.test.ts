import { createHmac } from 'node:crypto';
import { errors } from 'jose';
import { AUDIENCE, type Issuer, startIssuer } from '../../testbed/issuer';
import type { Claims, TokenVerifier } from './ports';
import { createTokenVerifier } from './token-verifier';

const MINUTE = 60_000;

let issuer: Issuer;
let otherIssuer: Issuer;
let verifier: TokenVerifier;
/** An offset that is added to the clocks of the verifier and of the issuer. */
let offsetMs = 0;

beforeAll(async () => {
  [issuer, otherIssuer] = await Promise.all([startIssuer(), startIssuer()]);
  const realNow = Date.now;
  jest.spyOn(Date, 'now').mockImplementation(() => realNow() + offsetMs);
});

beforeEach(() => {
  offsetMs = 0;
  Object.assign(issuer, { status: 200, location: undefined, discovery: {} });
  verifier = createTokenVerifier({ issuer: issuer.url, audience: AUDIENCE });
});

afterAll(() => Promise.all([issuer.close(), otherIssuer.close()]));

const seconds = (fromNow: number) => Math.floor(Date.now() / 1000) + fromNow;
const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const decode = (token: string): Claims =>
  JSON.parse(Buffer.from(token.split('.')[1] as string, 'base64url').toString());
const rejection = (token: string): Promise<unknown> =>
  verifier.verify(token).then(
    () => 'accepted',
    (error) => error,
  );
/** Counts the requests for the keys. */
const countRequests = () => issuer.requests.filter((path) => path === '/keys').length;

describe('createTokenVerifier', () => {
  it('returns the claims of a valid token', async () => {
    const token = await issuer.sign({ sub: 'ada', name: 'Ada' });
    expect(await verifier.verify(token)).toEqual(decode(token));
  });

  it.each(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES384', 'ES512', 'EdDSA', 'Ed25519'])(
    'accepts the algorithm %s',
    async (alg) => {
      const other = await startIssuer(0, alg);
      try {
        const { verify } = createTokenVerifier({ issuer: other.url, audience: AUDIENCE });
        await expect(verify(await other.sign())).resolves.toMatchObject({ sub: 'ada' });
      } finally {
        await other.close();
      }
    },
  );

  it('accepts a token for several audiences', async () => {
    const token = await issuer.sign({ aud: ['another', AUDIENCE] });
    await expect(verifier.verify(token)).resolves.toMatchObject({ sub: 'ada' });
  });

  it.each<[string, () => Promise<string>, RegExp]>([
    ['a token that another issuer signed', () => otherIssuer.sign({ iss: issuer.url }), /not valid/],
    ['a token of another issuer', () => issuer.sign({ iss: otherIssuer.url }), /claim iss/],
    ['a token whose issuer differs by a slash', () => issuer.sign({ iss: `${issuer.url}/` }), /claim iss/],
    ['a token without an issuer', () => issuer.sign({ iss: undefined }), /claim iss/],
    ['a token for another audience', () => issuer.sign({ aud: 'another' }), /claim aud/],
    ['a token without an audience', () => issuer.sign({ aud: undefined }), /claim aud/],
    ['a token without a subject', () => issuer.sign({ sub: undefined }), /claim sub/],
    ['a token that never expires', () => issuer.sign({ exp: undefined }), /claim exp/],
    ['an expired token', () => issuer.sign({ exp: seconds(-60) }), /has expired/],
    ['a token that expired just now', () => issuer.sign({ exp: seconds(0) }), /has expired/],
    ['a token that is not valid yet', () => issuer.sign({ nbf: seconds(60) }), /claim nbf/],
    ['a token with an unknown key ID', () => issuer.sign({}, { kid: 'unknown' }), /not valid/],
    ['text that is not a token', async () => 'not a token', /not valid/],
    ['an empty token', async () => '', /not valid/],
  ])('rejects %s', async (_, sign, detail) => {
    expect(await rejection(await sign())).toMatchObject({
      name: 'ProblemError',
      type: 'unauthenticated',
      detail: expect.stringMatching(detail),
    });
  });

  it('rejects forged claims with the signature of a valid token', async () => {
    const [header, , signature] = (await issuer.sign()).split('.');
    const claims = { ...decode(await issuer.sign()), sub: 'admin' };
    expect(await rejection(`${header}.${encode(claims)}.${signature}`)).toMatchObject({ status: 401 });
  });

  it.each(['none', 'None', 'NONE'])('rejects an unsigned token with the algorithm %s', async (alg) => {
    const claims = encode(decode(await issuer.sign()));
    for (const signature of ['', 'c2ln'])
      expect(await rejection(`${encode({ alg })}.${claims}.${signature}`)).toMatchObject({ status: 401 });
  });

  it('rejects a token signed with the public key as a shared secret', async () => {
    const publicKey = JSON.stringify(issuer.publicKey());
    const signed = `${encode({ alg: 'HS256', kid: 'key-1' })}.${encode(decode(await issuer.sign()))}`;
    const signature = createHmac('sha256', publicKey).update(signed).digest('base64url');
    expect(await rejection(`${signed}.${signature}`)).toMatchObject({ status: 401 });
  });

  it('ignores keys and key URLs in the token', async () => {
    const jwk = otherIssuer.publicKey();
    const header = { jwk, jku: `${otherIssuer.url}/.well-known/jwks.json` } as never;
    const requests = otherIssuer.requests.length;
    expect(await rejection(await otherIssuer.sign({ iss: issuer.url }, header))).toMatchObject({
      status: 401,
    });
    expect(otherIssuer.requests).toHaveLength(requests);
  });

  it('tolerates an issuer whose clock is at most 10 seconds ahead', async () => {
    await expect(verifier.verify(await issuer.sign({ nbf: seconds(9) }))).resolves.toBeDefined();
    expect(await rejection(await issuer.sign({ nbf: seconds(20) }))).toMatchObject({ status: 401 });
  });

  it('requests the keys once for many tokens', async () => {
    const requests = countRequests();
    const tokens = await Promise.all(Array.from({ length: 10 }, () => issuer.sign()));
    await Promise.all(tokens.map((token) => verifier.verify(token)));
    expect(countRequests() - requests).toBe(1);
  });

  it('requests the keys again after 10 minutes', async () => {
    const requests = countRequests();
    await verifier.verify(await issuer.sign());
    offsetMs = 9 * MINUTE;
    await verifier.verify(await issuer.sign());
    expect(countRequests() - requests).toBe(1);
    offsetMs = 11 * MINUTE;
    await verifier.verify(await issuer.sign());
    expect(countRequests() - requests).toBe(2);
  });

  it('requests the keys at most every 30 seconds for tokens with unknown keys', async () => {
    await verifier.verify(await issuer.sign());
    const requests = countRequests();
    const flood = async () => {
      for (let kid = 0; kid < 20; kid += 1) await rejection(await issuer.sign({}, { kid: `unknown-${kid}` }));
    };
    offsetMs = 29_000;
    await flood();
    expect(countRequests() - requests).toBe(0);
    offsetMs = 31_000;
    await flood();
    expect(countRequests() - requests).toBe(1);
  });

  it('accepts tokens with a new key after the issuer has rotated its keys', async () => {
    await verifier.verify(await issuer.sign());
    await issuer.rotate();
    const token = await issuer.sign();
    expect(await rejection(token)).toMatchObject({ status: 401 });
    offsetMs = 31_000;
    await expect(verifier.verify(token)).resolves.toMatchObject({ sub: 'ada' });
  });

  it('throws an error other than a ProblemError while the keys are unavailable', async () => {
    const token = await issuer.sign();
    issuer.status = 500;
    const error = await rejection(token);
    expect(error).toMatchObject({
      ...{ name: 'Error', message: "The issuer's keys are unavailable." },
      cause: { message: 'The issuer returned 500.' },
    });
    expect(error).not.toBeInstanceOf(errors.JOSEError);
    expect(await rejection(token)).toMatchObject({ cause: { message: 'The last request failed.' } });
  });

  it('requests the keys at most every 5 seconds while they are unavailable', async () => {
    const token = await issuer.sign();
    issuer.status = 500;
    const requests = issuer.requests.length;
    for (let attempt = 0; attempt < 5; attempt += 1) await rejection(token);
    expect(issuer.requests.length - requests).toBe(1);
    issuer.status = 200;
    offsetMs = 4_000;
    expect(await rejection(token)).toMatchObject({ cause: { message: 'The last request failed.' } });
    offsetMs = 6_000;
    await expect(verifier.verify(token)).resolves.toMatchObject({ sub: 'ada' });
  });

  it('throws an error other than a ProblemError if the issuer is unreachable', async () => {
    const gone = await startIssuer();
    const token = await gone.sign();
    await gone.close();
    verifier = createTokenVerifier({ issuer: gone.url, audience: AUDIENCE });
    expect(await rejection(token)).toMatchObject({ name: 'Error' });
  });

  it('requests the discovery document whenever it requests the keys', async () => {
    const before = issuer.requests.length;
    await verifier.verify(await issuer.sign());
    offsetMs = 9 * MINUTE;
    await verifier.verify(await issuer.sign());
    offsetMs = 11 * MINUTE;
    await verifier.verify(await issuer.sign());
    const requests = ['/.well-known/openid-configuration', '/keys'];
    expect(issuer.requests.slice(before)).toEqual([...requests, ...requests]);
  });

  it('requests the discovery document of an issuer whose URL ends with a slash', async () => {
    const iss = `${issuer.url}/`;
    issuer.discovery = { issuer: iss };
    verifier = createTokenVerifier({ issuer: iss, audience: AUDIENCE });
    await expect(verifier.verify(await issuer.sign({ iss }))).resolves.toMatchObject({ iss });
  });

  it.each([301, 302, 307, 308])('does not follow a redirect with status %s', async (status) => {
    const token = await otherIssuer.sign({ iss: issuer.url });
    const location = `${otherIssuer.url}/.well-known/openid-configuration`;
    Object.assign(issuer, { status, location });
    const requests = otherIssuer.requests.length;
    expect(await rejection(token)).toMatchObject({ message: "The issuer's keys are unavailable." });
    expect(otherIssuer.requests.length).toBe(requests);
  });

  it('accepts keys on another host', async () => {
    issuer.discovery = { jwks_uri: `${otherIssuer.url}/keys` };
    const token = await otherIssuer.sign({ iss: issuer.url });
    await expect(verifier.verify(token)).resolves.toMatchObject({ sub: 'ada' });
  });

  it('requests /.well-known/jwks.json if the issuer has no discovery document', async () => {
    issuer.discovery = undefined;
    const before = issuer.requests.length;
    await expect(verifier.verify(await issuer.sign())).resolves.toMatchObject({ sub: 'ada' });
    expect(issuer.requests.slice(before)).toEqual([
      '/.well-known/openid-configuration',
      '/.well-known/jwks.json',
    ]);
  });

  it.each<[string, () => Record<string, unknown>]>([
    ['that names another issuer', () => ({ issuer: 'https://issuer.example' })],
    ['whose issuer differs by a slash', () => ({ issuer: `${issuer.url}/` })],
    ['without an issuer', () => ({ issuer: undefined })],
    ['without a key URL', () => ({ jwks_uri: undefined })],
    ['whose key URL is relative', () => ({ jwks_uri: '/keys' })],
    ['whose key URL does not use TLS', () => ({ jwks_uri: 'http://issuer.example/keys' })],
    ['whose key URL is a file URL', () => ({ jwks_uri: 'file:///etc/passwd' })],
  ])('throws an error other than a ProblemError for a discovery document %s', async (_, createDiscovery) => {
    issuer.discovery = createDiscovery();
    const requests = countRequests();
    const error = await rejection(await issuer.sign());
    expect(error).toMatchObject({ name: 'Error', message: "The issuer's keys are unavailable." });
    expect(countRequests() - requests).toBe(0);
  });

  it('names the issuer of a discovery document that belongs to another issuer', async () => {
    issuer.discovery = { issuer: 'https://issuer.example' };
    expect(await rejection(await issuer.sign())).toMatchObject({
      cause: { message: 'The discovery document names the issuer https://issuer.example.' },
    });
  });

  it.each([
    'http://issuer.example',
    'http://localhost.issuer.example',
    'http://127.0.0.1.issuer.example',
    'ftp://localhost',
  ])('rejects the issuer %s, which is neither HTTPS nor on the loopback interface', (url) => {
    expect(() => createTokenVerifier({ issuer: url, audience: AUDIENCE })).toThrow(
      'must start with https://',
    );
  });

  it.each(['http://localhost:3000/dev', 'http://127.0.0.1/', 'http://[::1]:3000', 'https://issuer.example/'])(
    'accepts the issuer %s',
    (url) => {
      expect(() => createTokenVerifier({ issuer: url, audience: AUDIENCE })).not.toThrow();
    },
  );
});
