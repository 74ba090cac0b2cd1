import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { httpApi, route, send, startHttpApis } from './support/http-api';

const NOW = Date.UTC(2026, 0, 1);
const SECONDS = NOW / 1000;

/** An issuer with one RSA key. */
async function startIssuer() {
  const { privateKey, publicKey } = await generateKeyPair('RS256');
  const other = await generateKeyPair('RS256');
  const jwk = { ...(await exportJWK(publicKey)), kid: 'key-1', use: 'sig' };
  const requests: string[] = [];
  const state = { status: 200 };
  const server = createServer((request, response) => {
    requests.push(request.url ?? '');
    response.writeHead(state.status, { 'content-type': 'application/json' });
    const isConfiguration = request.url === '/pool/.well-known/openid-configuration';
    response.end(JSON.stringify(isConfiguration ? { jwks_uri: `${origin}/keys` } : { keys: [jwk] }));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const issuer = `${origin}/pool`;
  const claims = { iss: issuer, aud: 'app', sub: 'ada', iat: SECONDS, exp: SECONDS + 60 };
  return {
    issuer,
    requests,
    state,
    sign: (more: JWTPayload = {}, header: object = {}, key = privateKey) =>
      new SignJWT({ ...claims, ...more })
        .setProtectedHeader({ alg: 'RS256', kid: 'key-1', ...header })
        .sign(key),
    otherKey: other.privateKey,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

// docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
describe('JWT authorizers of HTTP APIs', () => {
  let issuer: Awaited<ReturnType<typeof startIssuer>>;
  const stops: (() => unknown)[] = [];
  beforeAll(async () => {
    issuer = await startIssuer();
  });
  afterAll(() => issuer.close());
  afterEach(async () => {
    issuer.state.status = 200;
    for (const stop of stops.splice(0)) await stop();
  });

  async function start(scopes?: string[], identitySource = '$request.header.Authorization') {
    const authorizer = {
      type: 'JWT',
      issuer: issuer.issuer,
      audience: ['app', 'web'],
      identitySource,
    } as const;
    const apis = await startHttpApis({
      apis: [httpApi([], { routes: [route('GET /a', { authorizer, ...(scopes && { scopes }) })] })],
      wallClock: () => NOW,
    });
    stops.push(apis.stop);
    const get = async (token?: string, path = '/a') => {
      const headers = { host: 'localhost', ...(token === undefined ? {} : { authorization: token }) };
      const { status, body, headers: received } = await send(apis.port, 'GET', path, headers);
      return { status, body, challenge: received['www-authenticate'] };
    };
    return { ...apis, get };
  }

  it('accepts a valid token, with and without "Bearer"', async () => {
    const { get } = await start();
    const token = await issuer.sign();
    expect((await get(token)).status).toBe(200);
    expect((await get(`Bearer ${token}`)).status).toBe(200);
    expect((await get(`Basic ${token}`)).status).toBe(401);
  });

  it('passes the claims to the function as strings', async () => {
    const { get, events } = await start();
    await get(await issuer.sign({ admin: true, groups: ['a', 'b'] }));
    expect(events[0]?.requestContext.authorizer).toEqual({
      jwt: {
        claims: {
          iss: issuer.issuer,
          aud: 'app',
          sub: 'ada',
          iat: String(SECONDS),
          exp: String(SECONDS + 60),
          admin: 'true',
          groups: '[a b]',
        },
        scopes: null,
      },
    });
  });

  it('rejects a request without a token', async () => {
    const { get, events } = await start();
    expect(await get()).toEqual({
      status: 401,
      body: '{"message":"Unauthorized"}',
      challenge: 'Bearer',
    });
    expect(events).toEqual([]);
  });

  // docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-jwt.html
  it('returns the reason for a rejection in www-authenticate', async () => {
    const { get } = await start();
    expect((await get(await issuer.sign({ aud: 'other' }))).challenge).toBe(
      'Bearer scope="" error="invalid_token" error_description="the token does not have a valid audience"',
    );
  });

  it.each<[string, JWTPayload]>([
    ['has another issuer', { iss: 'https://other.example' }],
    ['has another audience', { aud: 'other' }],
    ['has no audience', { aud: undefined }],
    ['has another client_id', { aud: undefined, client_id: 'other' }],
    ['has another audience and a valid client_id', { aud: 'other', client_id: 'app' }],
    ['has expired', { exp: SECONDS }],
    ['is not valid yet', { nbf: SECONDS + 1 }],
    ['is issued in the future', { iat: SECONDS + 1 }],
  ])('rejects a token that %s', async (_, claims) => {
    const { get, events } = await start();
    expect(await get(await issuer.sign(claims))).toMatchObject({
      status: 401,
      challenge: expect.stringContaining('error="invalid_token"'),
    });
    expect(events).toEqual([]);
  });

  it.each<[string, JWTPayload]>([
    ['one of several audiences', { aud: ['other', 'web'] }],
    ['a client_id and no audience', { aud: undefined, client_id: 'web' }],
    ['a valid audience and another client_id', { client_id: 'other' }],
    ['a start time in the past', { nbf: SECONDS }],
  ])('accepts a token with %s', async (_, claims) => {
    const { get } = await start();
    expect((await get(await issuer.sign(claims))).status).toBe(200);
  });

  it('rejects a token without the signature of the issuer', async () => {
    const { get } = await start();
    const hmac = new SignJWT({ iss: issuer.issuer, aud: 'app' })
      .setProtectedHeader({ alg: 'HS256', kid: 'key-1' })
      .sign(new TextEncoder().encode('a shared secret that is long enough'));
    const tokens = [
      issuer.sign({}, {}, issuer.otherKey),
      issuer.sign({}, { kid: undefined }),
      hmac,
      'no token',
    ];
    for (const token of tokens) expect((await get(await token)).status).toBe(401);
  });

  it.each<[string, JWTPayload, number]>([
    ['the scope claim', { scope: 'read write' }, 200],
    ['the scp claim', { scp: ['write'] }, 200],
    ['the scp claim as a string', { scp: 'read write' }, 200],
    ['another scope', { scope: 'read writer' }, 403],
    ['no scope', {}, 403],
  ])('compares the scopes of the route with %s', async (_, claims, status) => {
    const { get, events } = await start(['admin', 'write']);
    const response = await get(await issuer.sign(claims));
    expect(response).toMatchObject(
      status === 200
        ? { status }
        : {
            status,
            body: '{"message":"Forbidden"}',
            challenge: 'Bearer scope="admin write" error="insufficient_scope"',
          },
    );
    expect(events).toHaveLength(status === 200 ? 1 : 0);
  });

  it('passes the scopes of the token to the function', async () => {
    const { get, events } = await start(['write']);
    await get(await issuer.sign({ scope: 'read write' }));
    expect(events[0]?.requestContext.authorizer).toMatchObject({ jwt: { scopes: ['read', 'write'] } });
  });

  it('reads the token from a query parameter', async () => {
    const { get } = await start(undefined, '$request.querystring.token');
    expect((await get(undefined, `/a?token=${await issuer.sign()}`)).status).toBe(200);
  });

  it('caches the keys of an issuer, and fetches them again after a failure', async () => {
    const { get } = await start();
    issuer.requests.length = 0;
    issuer.state.status = 500;
    const token = await issuer.sign();
    expect(await get(token)).toMatchObject({
      status: 401,
      challenge: expect.stringContaining('openid-configuration returned 500'),
    });
    issuer.state.status = 200;
    expect([(await get(token)).status, (await get(token)).status]).toEqual([200, 200]);
    const configuration = '/pool/.well-known/openid-configuration';
    expect(issuer.requests).toEqual([configuration, configuration, '/keys']);
  });
});
