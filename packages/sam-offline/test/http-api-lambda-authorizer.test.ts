import type { LambdaAuthorizerModel } from '../src/api-gateway/model';
import { httpApi, route, send, startHttpApis } from './support/http-api';

const stops: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

const AUTHORIZER: LambdaAuthorizerModel = {
  type: 'REQUEST',
  id: 'auth',
  functionArn: 'arn:authorizer',
  identitySources: ['$request.header.Authorization'],
  payloadFormat: '2.0',
  hasSimpleResponses: true,
  cacheSeconds: 0,
};
const FORBIDDEN = { status: 403, body: '{"message":"Forbidden"}' };
const UNAUTHORIZED = { status: 401, body: '{"message":"Unauthorized"}' };
const FAILED = { status: 500, body: '{"message":"Internal Server Error"}' };

/** Starts an API with an authorizer for its routes. `respond` returns the result of the authorizer. */
async function start(
  overrides: Partial<LambdaAuthorizerModel>,
  respond: (event: Record<string, unknown>) => unknown = () => ({ isAuthorized: true }),
  keys = ['GET /a/{id}', 'GET /b'],
  settings: object = {},
) {
  const authorizer = { ...AUTHORIZER, ...overrides };
  const authorizerEvents: Record<string, unknown>[] = [];
  const api = httpApi([], {
    routes: keys.map((key) => route(key, { authorizer })),
    stageVariables: { color: 'red' },
  });
  const time = { now: Date.UTC(2026, 0, 1) };
  const apis = await startHttpApis({
    apis: [api],
    wallClock: () => time.now,
    respond(event, functionArn) {
      if (functionArn !== AUTHORIZER.functionArn) return { payload: 'ok' };
      authorizerEvents.push(event);
      return { payload: respond(event) };
    },
    ...settings,
  });
  stops.push(apis.stop);
  const get = async (path: string, headers: Record<string, string> = { authorization: 'secret' }) => {
    const { status, body } = await send(apis.port, 'GET', path, { host: 'localhost', ...headers });
    return { status, body };
  };
  const functionEvents = () => apis.events.filter((event) => event.type === undefined);
  return { ...apis, get, time, authorizerEvents, functionEvents };
}

/** Returns a policy for resources. */
const policy = (Resource: unknown, Effect = 'Allow', more: object = {}) => ({
  principalId: 'ada',
  policyDocument: { Version: '2012-10-17', Statement: [{ Action: 'execute-api:Invoke', Effect, Resource }] },
  ...more,
});

const ARN = 'arn:aws:execute-api:us-east-1:111122223333:a1b2c3d4e5/$default';

// docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
describe('Lambda authorizers of HTTP APIs', () => {
  it('receives events in format 2.0', async () => {
    const { get, authorizerEvents } = await start({
      identitySources: ['$request.header.Authorization', '$request.querystring.q', '$stageVariables.color'],
    });
    await get('/a/1?q=2', { Authorization: 'secret', cookie: 'c=1; d=2' });
    expect(authorizerEvents).toEqual([
      {
        version: '2.0',
        type: 'REQUEST',
        routeArn: `${ARN}/GET/a/1`,
        identitySource: ['secret', '2', 'red'],
        routeKey: 'GET /a/{id}',
        rawPath: '/a/1',
        rawQueryString: 'q=2',
        cookies: ['c=1', 'd=2'],
        headers: expect.objectContaining({ authorization: 'secret' }),
        queryStringParameters: { q: '2' },
        requestContext: expect.objectContaining({
          http: expect.objectContaining({ method: 'GET', path: '/a/1' }),
        }),
        pathParameters: { id: '1' },
        stageVariables: { color: 'red' },
      },
    ]);
    expect(authorizerEvents[0]?.requestContext).not.toHaveProperty('authorizer');
  });

  it('receives events in format 1.0', async () => {
    const { get, authorizerEvents } = await start(
      {
        payloadFormat: '1.0',
        hasSimpleResponses: false,
        identitySources: ['$request.header.auth', '$request.querystring.q'],
      },
      () => policy('*'),
    );
    await get('/a/1?q=2', { Auth: 'secret' });
    expect(authorizerEvents).toEqual([
      {
        version: '1.0',
        type: 'REQUEST',
        methodArn: `${ARN}/GET/a/1`,
        identitySource: 'secret,2',
        authorizationToken: 'secret,2',
        resource: '/a/{id}',
        path: '/a/1',
        httpMethod: 'GET',
        headers: expect.objectContaining({ Auth: 'secret' }),
        queryStringParameters: { q: '2' },
        pathParameters: { id: '1' },
        stageVariables: { color: 'red' },
        requestContext: expect.objectContaining({ httpMethod: 'GET', resourcePath: '/a/{id}' }),
      },
    ]);
    expect(authorizerEvents[0]?.requestContext).not.toHaveProperty('authorizer');
  });

  it('receives a route ARN with the partition of the Region', async () => {
    const { get, authorizerEvents } = await start({}, undefined, undefined, { region: 'cn-north-1' });
    await get('/b');
    expect(authorizerEvents[0]?.routeArn).toBe(
      'arn:aws-cn:execute-api:cn-north-1:111122223333:a1b2c3d4e5/$default/GET/b',
    );
  });

  it.each<[string, unknown, object]>([
    ['allows a request', { isAuthorized: true }, { status: 200, body: 'ok' }],
    ['denies a request', { isAuthorized: false }, FORBIDDEN],
    ['fails for a string', { isAuthorized: 'true' }, FAILED],
    ['fails for a policy', policy('*'), FAILED],
    ['fails for null', null, FAILED],
    ['fails for an invalid context', { isAuthorized: true, context: 'a' }, FAILED],
  ])('%s if the authorizer returns simple responses', async (_, result, expected) => {
    const { get, functionEvents } = await start({}, () => result);
    expect(await get('/b')).toEqual(expected);
    expect(functionEvents()).toHaveLength(expected === FORBIDDEN || expected === FAILED ? 0 : 1);
  });

  it.each<[string, unknown, object]>([
    ['allows the route', policy(`${ARN}/GET/b`), { status: 200, body: 'ok' }],
    ['allows all routes', policy('arn:aws:execute-api:*/*/GET/*'), { status: 200, body: 'ok' }],
    ['denies the route', policy('*', 'Deny'), FORBIDDEN],
    ['denies a route that the policy does not contain', policy(`${ARN}/GET/a/1`), FORBIDDEN],
    ['fails without a policy', { principalId: 'ada' }, FAILED],
    ['fails for a boolean', { isAuthorized: true }, FAILED],
  ])('%s if the authorizer returns policies', async (_, result, expected) => {
    const { get } = await start({ hasSimpleResponses: false }, () => result);
    expect(await get('/b')).toEqual(expected);
  });

  it('passes the context to the function', async () => {
    const context = { text: 'a', number: 1, list: ['b'], map: { c: true } };
    const { get, functionEvents } = await start({ hasSimpleResponses: false }, () =>
      policy('*', 'Allow', { context }),
    );
    await get('/b');
    expect(functionEvents()[0]?.requestContext.authorizer).toEqual({ lambda: context });
  });

  it('passes the context and the principal to a function with format 1.0', async () => {
    const integration = { ...route('GET /b').integration, payloadFormat: '1.0' } as const;
    const authorizer = { ...AUTHORIZER, hasSimpleResponses: false };
    const { get, functionEvents } = await start({}, () => policy('*', 'Allow', { context: { a: 'b' } }), [], {
      apis: [httpApi([], { routes: [route('GET /b', { authorizer, integration })] })],
    });
    await get('/b');
    expect(functionEvents()[0]?.requestContext.authorizer).toEqual({ a: 'b', principalId: 'ada' });
  });

  it('does not invoke the authorizer if an identity source is missing', async () => {
    const { get, authorizerEvents, logged } = await start({});
    expect(await get('/b', {})).toEqual(UNAUTHORIZED);
    expect(await get('/b', { authorization: '' })).toEqual(UNAUTHORIZED);
    expect(authorizerEvents).toEqual([]);
    expect(logged[0]).toMatchObject({
      failed: 'authorization',
      reason: 'The identity source $request.header.Authorization is missing.',
    });
  });

  it('invokes an authorizer that has no identity sources', async () => {
    const { get, authorizerEvents } = await start({ identitySources: [] });
    expect((await get('/b', {})).status).toBe(200);
    expect(authorizerEvents).toMatchObject([{ identitySource: null }]);
  });

  it.each([
    ['Unauthorized', UNAUTHORIZED],
    ['out of memory', FAILED],
  ])('returns an error if the authorizer fails with "%s"', async (errorMessage, expected) => {
    const invoke = async () => ({ payload: { errorMessage }, functionError: 'Unhandled' as const });
    const { get, logged } = await start({}, undefined, undefined, { invoke });
    expect(await get('/b')).toEqual(expected);
    expect(logged).toMatchObject([{ reason: expect.stringContaining(errorMessage) }]);
  });

  it.each([
    ['cannot be invoked', {}, { invoke: () => Promise.reject(new Error('no function')) }],
    ['may not be invoked', { denial: 'No permission.' }, {}],
  ])('returns status 500 for an authorizer that %s', async (_, overrides, settings) => {
    const { get, logged } = await start(overrides, undefined, undefined, settings);
    expect(await get('/b')).toEqual(FAILED);
    expect(logged).toMatchObject([{ failed: 'authorization' }]);
  });

  it('caches results by identity until the TTL ends', async () => {
    const { get, time, authorizerEvents } = await start({ cacheSeconds: 10 });
    const count = async (token: string) => {
      await get('/b', { authorization: token });
      return authorizerEvents.length;
    };
    expect([await count('a'), await count('a'), await count('b')]).toEqual([1, 1, 2]);
    time.now += 9_999;
    expect(await count('a')).toBe(2);
    time.now += 1;
    expect(await count('a')).toBe(3);
  });

  it('does not cache results without a TTL or without identity sources', async () => {
    for (const overrides of [{}, { cacheSeconds: 10, identitySources: [] }]) {
      const { get, authorizerEvents } = await start(overrides);
      await get('/b');
      await get('/b');
      expect(authorizerEvents).toHaveLength(2);
    }
  });

  it('does not cache invalid results', async () => {
    const results = [{}, { isAuthorized: true }];
    const { get } = await start({ cacheSeconds: 10 }, () => results.shift());
    expect(await get('/b')).toEqual(FAILED);
    expect((await get('/b')).status).toBe(200);
  });

  it('caches results for all routes, and evaluates a cached policy for each route', async () => {
    const { get, authorizerEvents } = await start({ cacheSeconds: 10, hasSimpleResponses: false }, (event) =>
      policy(event.routeArn),
    );
    expect((await get('/a/1')).status).toBe(200);
    expect(await get('/b')).toEqual(FORBIDDEN);
    expect(authorizerEvents).toHaveLength(1);
  });

  it('caches results separately for each route if $context.routeKey is an identity source', async () => {
    const identitySources = ['$request.header.Authorization', '$context.routeKey'];
    const { get, authorizerEvents } = await start({ cacheSeconds: 10, identitySources });
    for (const path of ['/a/1', '/a/2', '/b']) await get(path);
    expect(authorizerEvents.map(({ identitySource }) => identitySource)).toEqual([
      ['secret', 'GET /a/{id}'],
      ['secret', 'GET /b'],
    ]);
  });
});
