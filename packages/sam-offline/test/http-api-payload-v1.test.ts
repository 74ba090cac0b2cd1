import { httpApi, route, send, startHttpApis } from './support/http-api';

const stops: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

async function start(settings: Parameters<typeof startHttpApis>[0] = {}, routeKey = 'POST /rooms/{room}') {
  const integration = { ...route(routeKey).integration, payloadFormat: '1.0' } as const;
  const apis = await startHttpApis({
    apis: [httpApi([], { routes: [route(routeKey, { integration })], stageVariables: { color: 'red' } })],
    ...settings,
  });
  stops.push(apis.stop);
  return apis;
}

// docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
describe('HTTP API payload format 1.0', () => {
  it('creates events', async () => {
    const { port, events } = await start({ wallClock: () => Date.UTC(2020, 2, 4, 19, 15, 17) });
    const sent = { Host: 'localhost', 'Content-Length': '5', 'Content-Type': 'text/plain' };
    const headers = { ...sent, 'X-Twice': ['a', 'b'] };
    await send(port, 'POST', '/rooms/a%20b?q=1&q=2&r=3', headers, 'hello');
    const added = {
      'X-Amzn-Trace-Id': expect.stringMatching(/^Root=1-/),
      'X-Forwarded-For': '127.0.0.1',
      'X-Forwarded-Port': String(port),
      'X-Forwarded-Proto': 'http',
    };
    expect(events).toEqual([
      {
        version: '1.0',
        resource: '/rooms/{room}',
        path: '/rooms/a b',
        httpMethod: 'POST',
        headers: { ...sent, 'X-Twice': 'b', ...added },
        multiValueHeaders: {
          Host: ['localhost'],
          'X-Twice': ['a', 'b'],
          'Content-Type': ['text/plain'],
          'Content-Length': ['5'],
          ...Object.fromEntries(Object.entries(added).map(([name, value]) => [name, [value]])),
        },
        queryStringParameters: { q: '1', r: '3' },
        multiValueQueryStringParameters: { q: ['1', '2'], r: ['3'] },
        requestContext: {
          accountId: '111122223333',
          apiId: 'a1b2c3d4e5',
          authorizer: { claims: null, scopes: null },
          domainName: 'a1b2c3d4e5.execute-api.us-east-1.amazonaws.com',
          domainPrefix: 'a1b2c3d4e5',
          extendedRequestId: expect.stringMatching(/=$/),
          httpMethod: 'POST',
          identity: expect.objectContaining({ accessKey: null, sourceIp: '127.0.0.1', userAgent: '' }),
          path: '/rooms/a b',
          protocol: 'HTTP/1.1',
          requestId: expect.stringMatching(/=$/),
          requestTime: '04/Mar/2020:19:15:17 +0000',
          requestTimeEpoch: 1583349317000,
          resourceId: null,
          resourcePath: '/rooms/{room}',
          stage: '$default',
        },
        pathParameters: { room: 'a b' },
        stageVariables: { color: 'red' },
        body: 'hello',
        isBase64Encoded: false,
      },
    ]);
  });

  it('uses null for empty properties', async () => {
    const { port, events } = await start({}, '$default');
    await send(port, 'GET', '/any');
    expect(events).toMatchObject([
      {
        resource: '$default',
        queryStringParameters: null,
        multiValueQueryStringParameters: null,
        pathParameters: null,
        body: null,
        isBase64Encoded: false,
      },
    ]);
  });

  it('replaces the forwarding headers of the client', async () => {
    const { port, events } = await start({}, '$default');
    await send(port, 'GET', '/any', {
      host: 'localhost',
      'x-forwarded-for': '10.0.0.1',
      connection: 'close',
    });
    expect(events[0]?.headers).toMatchObject({ 'X-Forwarded-For': '10.0.0.1, 127.0.0.1' });
    expect(Object.keys(events[0]?.headers ?? {})).not.toContain('x-forwarded-for');
    expect(Object.keys(events[0]?.headers ?? {})).not.toContain('connection');
  });

  it('describes a caller with IAM credentials', async () => {
    const integration = { ...route('GET /a').integration, payloadFormat: '1.0' } as const;
    const iam = { accessKey: 'AKIA', accountId: '1', callerId: 'c', userArn: 'arn:u', userId: 'u' };
    const { port, events } = await start({
      apis: [httpApi([], { routes: [route('GET /a', { integration, requiresIam: true })] })],
      authorize: () => ({ ...iam, cognitoIdentity: null, principalOrgId: null }),
    });
    await send(port, 'GET', '/a');
    expect(events[0]?.requestContext.identity).toMatchObject({
      ...{ accessKey: 'AKIA', accountId: '1', caller: 'c', userArn: 'arn:u', user: 'u' },
    });
  });

  it.each<[string, object, object]>([
    ['headers', { headers: { 'X-A': 'b' } }, { 'x-a': 'b' }],
    ['multi-value headers', { multiValueHeaders: { 'X-A': ['b', 'c'] } }, { 'x-a': 'b,c' }],
    ['cookies', { multiValueHeaders: { 'Set-Cookie': ['b', 'c'] } }, { 'set-cookie': ['b', 'c'] }],
    [
      'both kinds of headers, without duplicates',
      { headers: { 'x-a': 'b', 'x-d': 'e' }, multiValueHeaders: { 'X-A': ['b', 'c'] } },
      { 'x-a': 'b,c', 'x-d': 'e' },
    ],
    ['no cookies from the property cookies', { cookies: ['a=1'], headers: { 'x-a': 'b' } }, { 'x-a': 'b' }],
  ])('sends %s', async (_, members, expected) => {
    const payload = { statusCode: 201, body: 'text', ...members };
    const { port } = await start({ respond: () => ({ payload }) });
    const { status, headers, body } = await send(port, 'POST', '/rooms/a');
    expect({ status, body }).toEqual({ status: 201, body: 'text' });
    expect(headers).toMatchObject(expected);
    expect('set-cookie' in headers).toBe('set-cookie' in expected);
  });

  it.each<[string, unknown]>([
    ['a string', 'hello'],
    ['an object without a statusCode', { body: 'a' }],
    ['null', null],
    ['an invalid status', { statusCode: 99 }],
    ['multi-value headers without lists', { statusCode: 200, multiValueHeaders: { a: 'b' } }],
  ])('returns status 500 for %s', async (_, payload) => {
    const { port, logged } = await start({ respond: () => ({ payload }) });
    const { status, body } = await send(port, 'POST', '/rooms/a');
    expect({ status, body }).toEqual({ status: 500, body: '{"message":"Internal Server Error"}' });
    expect(logged).toMatchObject([{ failed: 'integration' }]);
  });
});
