import { createAccountRates } from '../src/api-gateway/account-rates';
import { AwsError } from '../src/core/service';
import { httpApi, route, send, startHttpApis } from './support/http-api';

const stops: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

async function start(settings: Parameters<typeof startHttpApis>[0]) {
  const apis = await startHttpApis(settings);
  stops.push(apis.stop);
  return apis;
}

const JSON_TYPE = { 'content-type': 'application/json' };

describe('HTTP API events', () => {
  it('creates events in payload format 2.0', async () => {
    const { port, events } = await start({ apis: [httpApi(['POST /messages'])] });
    const headers = {
      ...JSON_TYPE,
      'User-Agent': 'test/1.0',
      'X-Twice': ['a', 'b'],
      Cookie: 'one=1; two=2',
      'Content-Length': '12',
      Host: `localhost:${port}`,
    };
    await send(port, 'POST', '/messages?q=1&q=2&r=%20', headers, '{"a":"\u00e4\u00f6"}');
    expect(events).toEqual([
      {
        version: '2.0',
        routeKey: 'POST /messages',
        rawPath: '/messages',
        rawQueryString: 'q=1&q=2&r=%20',
        cookies: ['one=1', 'two=2'],
        headers: {
          'content-type': 'application/json',
          'user-agent': 'test/1.0',
          'x-twice': 'a,b',
          'content-length': '12',
          host: `localhost:${port}`,
          'x-forwarded-for': '127.0.0.1',
          'x-forwarded-port': String(port),
          'x-forwarded-proto': 'http',
          'x-amzn-trace-id': expect.stringMatching(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/),
        },
        queryStringParameters: { q: '1,2', r: ' ' },
        requestContext: {
          accountId: '111122223333',
          apiId: 'a1b2c3d4e5',
          domainName: 'a1b2c3d4e5.execute-api.us-east-1.amazonaws.com',
          domainPrefix: 'a1b2c3d4e5',
          http: {
            method: 'POST',
            path: '/messages',
            protocol: 'HTTP/1.1',
            sourceIp: '127.0.0.1',
            userAgent: 'test/1.0',
          },
          requestId: expect.stringMatching(/^[\w-]{15}=$/),
          routeKey: 'POST /messages',
          stage: '$default',
          time: expect.stringMatching(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/),
          timeEpoch: expect.any(Number),
        },
        body: '{"a":"\u00e4\u00f6"}',
        isBase64Encoded: false,
      },
    ]);
  });

  it.each([
    ['text/plain', false],
    ['application/json; charset=utf-8', false],
    ['application/problem+json', false],
    ['application/x-www-form-urlencoded', true],
    ['image/png', true],
    [undefined, true],
  ])('encodes a body of type %s in base64: %s', async (contentType, isBase64Encoded) => {
    const { port, events } = await start({ apis: [httpApi(['POST /m'])] });
    await send(port, 'POST', '/m', contentType ? { 'content-type': contentType } : {}, 'body');
    const body = isBase64Encoded ? Buffer.from('body').toString('base64') : 'body';
    expect(events[0]).toMatchObject({ isBase64Encoded, body });
  });

  it('omits missing bodies, queries, cookies and path variables', async () => {
    const { port, events } = await start({ apis: [httpApi(['GET /m'])] });
    await send(port, 'GET', '/m');
    for (const member of ['body', 'cookies', 'queryStringParameters', 'pathParameters']) {
      expect(events[0]).not.toHaveProperty(member);
    }
    expect(events[0]).toMatchObject({ rawQueryString: '', isBase64Encoded: false });
  });
});

describe('HTTP API routes', () => {
  const keys = [
    'GET /pets/dog/1',
    'GET /pets/{id}',
    'GET /pets/dog/{n}',
    'ANY /pets/{rest+}',
    'ANY /any',
    'PUT /any',
  ];

  it.each([
    ['GET', '/pets/dog/1', 'GET /pets/dog/1', undefined],
    ['GET', '/pets/6', 'GET /pets/{id}', { id: '6' }],
    ['GET', '/pets/a%20b', 'GET /pets/{id}', { id: 'a b' }],
    ['GET', '/pets/dog/2', 'GET /pets/dog/{n}', { n: '2' }],
    ['GET', '/pets/cat/2', 'ANY /pets/{rest+}', { rest: 'cat/2' }],
    ['POST', '/pets/dog/1', 'ANY /pets/{rest+}', { rest: 'dog/1' }],
    ['PUT', '/any', 'PUT /any', undefined],
    ['DELETE', '/any', 'ANY /any', undefined],
  ])('matches %s %s to %s', async (method, path, routeKey, pathParameters) => {
    const { port, events } = await start({ apis: [httpApi(keys)] });
    const { status, body } = await send(port, method, path);
    expect({ status, body }).toEqual({ status: 200, body: `arn:${routeKey}` });
    expect(events[0]?.pathParameters).toEqual(pathParameters);
  });

  it.each([
    ['POST', '/pets'],
    ['GET', '/messages/'],
    ['GET', '/nowhere'],
    ['GET', '/messages'],
    ['OPTIONS', '/messages'],
  ])('does not match %s %s', async (method, path) => {
    const { port, events } = await start({ apis: [httpApi(['POST /messages'])] });
    const { status, body } = await send(port, method, path);
    expect({ status, body }).toEqual({ status: 404, body: '{"message":"Not Found"}' });
    expect(events).toEqual([]);
  });

  it('does not override the paths of the runtime', async () => {
    const { port } = await start({ apis: [httpApi(['$default'])] });
    expect((await send(port, 'GET', '/_local/health')).body).toBe('{"status":"ok"}');
    expect((await send(port, 'GET', '/_local/no')).body).not.toContain('arn:');
    expect((await send(port, 'GET', '/else/where')).body).toBe('arn:$default');
  });

  it('serves the path / except for calls of AWS services', async () => {
    const { port } = await start({ apis: [httpApi(['ANY /'])] });
    const signature = (service: string) =>
      `AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=0`;
    for (const method of ['GET', 'POST'])
      expect((await send(port, method, '/', { host: 'localhost' })).body).toBe('arn:ANY /');
    const signed = { host: 'localhost', authorization: signature('execute-api') };
    expect((await send(port, 'POST', '/', signed)).body).toBe('arn:ANY /');
    for (const [name, value] of [
      ['x-amz-target', 'AmazonSQS.ListQueues'],
      ['authorization', signature('sts')],
    ] as const)
      expect((await send(port, 'POST', '/', { host: 'localhost', [name]: value })).body).not.toContain(
        'arn:',
      );
  });

  it('serves routes under the name of the stage', async () => {
    const v1 = httpApi(['GET /m'], { stage: 'v1', logicalId: 'V1' });
    const { port, events } = await start({ apis: [httpApi(['GET /v1/m', 'GET /m']), v1] });
    await send(port, 'GET', '/v1/m');
    await send(port, 'GET', '/m');
    expect(events.map(({ rawPath, requestContext }) => [rawPath, requestContext.stage])).toEqual([
      ['/v1/m', 'v1'],
      ['/m', '$default'],
    ]);
  });

  it('serves the first API with a stage name at the root, and every API under its ID', async () => {
    const other = httpApi(['GET /m', 'GET /b'], { apiId: 'other' });
    const { port, events } = await start({ apis: [httpApi(['GET /m']), other] });
    expect((await send(port, 'GET', '/m')).status).toBe(200);
    expect((await send(port, 'GET', '/b')).status).toBe(404);
    expect((await send(port, 'GET', '/_apis/other/m')).status).toBe(200);
    expect((await send(port, 'GET', '/_apis/a1b2c3d4e5/m')).status).toBe(200);
    const apiIds = events.map(({ requestContext }) => requestContext.apiId);
    expect(apiIds).toEqual(['a1b2c3d4e5', 'other', 'a1b2c3d4e5']);
  });

  it('does not serve a stage without a deployment', async () => {
    const { port } = await start({ apis: [httpApi(['GET /m'], { isDeployed: false })] });
    expect((await send(port, 'GET', '/m')).status).toBe(404);
  });

  it('adds the stage variables to the event', async () => {
    const { port, events } = await start({
      apis: [httpApi(['GET /m'], { stageVariables: { color: 'red' } })],
    });
    await send(port, 'GET', '/m');
    expect(events[0]?.stageVariables).toEqual({ color: 'red' });
  });

  it('returns status 500 for a function that API Gateway may not invoke', async () => {
    const integration = { ...route('GET /m').integration, denial: 'No permission.' };
    const { port, events, logged } = await start({
      apis: [httpApi([], { routes: [route('GET /m', { integration })] })],
    });
    expect((await send(port, 'GET', '/m')).status).toBe(500);
    expect(events).toEqual([]);
    expect(logged).toMatchObject([{ reason: 'No permission.' }]);
  });
});

describe('HTTP API results', () => {
  it.each<[string, unknown, object]>([
    ['a string', 'hi', { status: 200, type: 'application/json', body: 'hi' }],
    ['an object', { a: 1 }, { status: 200, type: 'application/json', body: '{"a":1}' }],
    ['null', null, { status: 200, type: 'application/json', body: 'null' }],
    ['a status', { statusCode: 202 }, { status: 202, type: 'text/plain;charset=UTF-8', body: '' }],
    [
      'headers in any letter case',
      { statusCode: '400', headers: { 'Content-Type': 'application/problem+json' }, body: '{}' },
      { status: 400, type: 'application/problem+json', body: '{}' },
    ],
    [
      'a body in base64',
      { statusCode: 200, isBase64Encoded: true, body: 'aGk=' },
      { status: 200, type: 'text/plain;charset=UTF-8', body: 'hi' },
    ],
  ])('sends %s to the client', async (_, payload, expected) => {
    const { port } = await start({ apis: [httpApi(['GET /m'])], respond: () => ({ payload }) });
    const { status, headers, body } = await send(port, 'GET', '/m');
    expect({ status, type: headers['content-type'], body }).toEqual(expected);
    expect(headers['apigw-requestid']).toMatch(/=$/);
  });

  it('sends one set-cookie header per cookie', async () => {
    const payload = { statusCode: 200, cookies: ['a=1; Secure', 'b=2'] };
    const { port } = await start({ apis: [httpApi(['GET /m'])], respond: () => ({ payload }) });
    expect((await send(port, 'GET', '/m')).headers['set-cookie']).toEqual(['a=1; Secure', 'b=2']);
  });

  it.each<[string, object]>([
    ['an error', { payload: { errorMessage: 'secret' }, functionError: 'Unhandled' }],
    ['an invalid status', { payload: { statusCode: 99 } }],
    ['a body that is an object', { payload: { statusCode: 200, body: { a: 1 } } }],
    ['headers that are an array', { payload: { statusCode: 200, headers: ['a'] } }],
    ['cookies that are a string', { payload: { statusCode: 200, cookies: 'a=1' } }],
  ])('returns status 500 without details for %s', async (_, result) => {
    const { port, logged } = await start({ apis: [httpApi(['GET /m'])], respond: () => result as never });
    const { status, body } = await send(port, 'GET', '/m');
    expect({ status, body }).toEqual({ status: 500, body: '{"message":"Internal Server Error"}' });
    expect(logged).toEqual([expect.objectContaining({ failed: 'integration', routeKey: 'GET /m' })]);
  });

  it.each<[string, number, string, () => Promise<never>]>([
    ['a timeout', 503, 'Service Unavailable', () => new Promise(() => undefined)],
    [
      'a throttled function',
      503,
      'Service Unavailable',
      () => Promise.reject(new AwsError('TooManyRequestsException', 'busy', 429)),
    ],
    ['a missing function', 500, 'Internal Server Error', () => Promise.reject(new Error('no such function'))],
  ])('reports %s as status %i', async (_, expected, message, invoke) => {
    const integration = { type: 'AWS_PROXY', functionArn: 'arn:m', timeoutMillis: 50 } as const;
    const api = httpApi([], { routes: [route('GET /m', { integration })] });
    const { port } = await start({ apis: [api], invoke });
    const { status, body } = await send(port, 'GET', '/m');
    expect({ status, body }).toEqual({ status: expected, body: JSON.stringify({ message }) });
  });
});

describe('HTTP API limits', () => {
  // docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
  it('rejects requests with more than 10,240 bytes in the request line and headers', async () => {
    const { port, events } = await start({ apis: [httpApi(['GET /a'])] });
    const statusWith = async (bytes: number) =>
      (await send(port, 'GET', '/a', { host: 'localhost', 'x-large': 'x'.repeat(bytes) })).status;
    expect([await statusWith(10_000), await statusWith(10_240)]).toEqual([200, 431]);
    expect(events).toHaveLength(1);
  });

  // docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
  it('rejects requests that exceed the rate of the account', async () => {
    const requests = { ratePerSecond: 1, burst: 1 };
    const rates = createAccountRates(
      () => undefined,
      { requests, connections: requests },
      () => 0,
    );
    const { port } = await start({ apis: [httpApi(['GET /a'])], rates });
    const status = async () => (await send(port, 'GET', '/a', { host: 'localhost' })).status;
    expect([await status(), await status()]).toEqual([200, 429]);
  });

  it('counts preflight requests', async () => {
    const requests = { ratePerSecond: 1, burst: 2 };
    const rates = createAccountRates(
      () => undefined,
      { requests, connections: requests },
      () => 0,
    );
    const cors = { allowOrigins: ['*'], allowMethods: ['GET'], allowHeaders: [], exposeHeaders: [] };
    const { port } = await start({
      apis: [httpApi(['GET /a'], { cors: { ...cors, allowCredentials: false } })],
      rates,
    });
    const headers = {
      host: 'localhost',
      origin: 'https://a.example',
      'access-control-request-method': 'GET',
    };
    const preflight = async () => (await send(port, 'OPTIONS', '/a', headers)).status;
    expect([await preflight(), await preflight(), await preflight()]).toEqual([204, 204, 429]);
    expect((await send(port, 'GET', '/a', { host: 'localhost' })).status).toBe(429);
  });

  // docs.aws.amazon.com/apigateway/latest/developerguide/http-api-throttling.html
  it('throttles each route with a token bucket', async () => {
    const throttle = { ratePerSecond: 2, burst: 2 };
    const api = httpApi([], {
      routes: [route('GET /a', { throttle }), route('GET /b', { throttle }), route('GET /c')],
    });
    const time = { now: 0 };
    const { port, events } = await start({ apis: [api], clock: () => time.now });
    const statuses = async (path: string, count: number) => {
      const found = [];
      for (let n = 0; n < count; n += 1) found.push((await send(port, 'GET', path)).status);
      return found;
    };
    expect(await statuses('/a', 3)).toEqual([200, 200, 429]);
    expect(await statuses('/b', 1)).toEqual([200]);
    expect(await statuses('/c', 3)).toEqual([200, 200, 200]);
    time.now += 500;
    expect(await statuses('/a', 2)).toEqual([200, 429]);
    time.now += 60_000;
    expect(await statuses('/a', 3)).toEqual([200, 200, 429]);
    expect(events).toHaveLength(9);
    expect((await send(port, 'GET', '/a')).body).toBe('{"message":"Too Many Requests"}');
  });

  // 10 MB: docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
  it('limits the size of a request', async () => {
    const { port, events } = await start({ apis: [httpApi(['POST /m'])], maxBodyBytes: 1000 });
    expect((await send(port, 'POST', '/m', {}, Buffer.alloc(1000, 'x'))).status).toBe(200);
    const { status, body } = await send(port, 'POST', '/m', {}, Buffer.alloc(1001, 'x'));
    expect({ status, body }).toEqual({ status: 413, body: '{"message":"Request Entity Too Large"}' });
    expect(events).toHaveLength(1);
  });
});

describe('CORS of HTTP APIs', () => {
  const cors = {
    allowOrigins: ['https://chat.example.com', 'http://*'],
    allowMethods: ['POST'],
    allowHeaders: ['authorization', 'content-type'],
    exposeHeaders: ['retry-after'],
    allowCredentials: false,
    maxAgeSeconds: 600,
  };
  const api = httpApi(['POST /m'], { cors });
  const origin = 'https://chat.example.com';
  const preflight = {
    origin,
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'Authorization, content-type',
  };
  const corsOf = (headers: object) =>
    Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('access-control-')));

  it('answers preflight requests without invoking the function', async () => {
    const { port, events } = await start({ apis: [api] });
    const { status, headers, body } = await send(port, 'OPTIONS', '/m', preflight);
    expect({ status, body, events }).toEqual({ status: 204, body: '', events: [] });
    expect(corsOf(headers)).toEqual({
      'access-control-allow-origin': origin,
      'access-control-allow-methods': 'POST',
      'access-control-allow-headers': 'authorization,content-type',
      'access-control-max-age': '600',
    });
  });

  it.each([
    ['another origin', { ...preflight, origin: 'https://evil.example.com' }],
    ['another method', { ...preflight, 'access-control-request-method': 'DELETE' }],
    ['another header', { ...preflight, 'access-control-request-headers': 'x-other' }],
  ])('returns no CORS headers for %s', async (_, headersSent) => {
    const { port } = await start({ apis: [api] });
    const { status, headers } = await send(port, 'OPTIONS', '/m', headersSent);
    expect({ status, cors: corsOf(headers) }).toEqual({ status: 204, cors: {} });
  });

  it.each([
    [
      'a listed origin',
      origin,
      { 'access-control-allow-origin': origin, 'access-control-expose-headers': 'retry-after' },
    ],
    [
      'an origin that matches a scheme wildcard',
      'http://a.example',
      { 'access-control-allow-origin': 'http://a.example', 'access-control-expose-headers': 'retry-after' },
    ],
    ['another origin', 'https://evil.example.com', {}],
    ['no origin', undefined, {}],
  ])('sets the headers for %s, and ignores the CORS headers of the function', async (_, from, expected) => {
    const payload = { statusCode: 200, headers: { 'Access-Control-Allow-Origin': '*' } };
    const { port } = await start({ apis: [api], respond: () => ({ payload }) });
    const { status, headers } = await send(port, 'POST', '/m', from ? { origin: from } : {});
    expect({ status, cors: corsOf(headers) }).toEqual({ status: 200, cors: expected });
  });

  it('is the responsibility of the function if the API has no CORS configuration', async () => {
    const payload = { statusCode: 200, headers: { 'Access-Control-Allow-Origin': '*' } };
    const { port, events } = await start({ apis: [httpApi(['ANY /m'])], respond: () => ({ payload }) });
    const { headers } = await send(port, 'OPTIONS', '/m', preflight);
    expect(corsOf(headers)).toEqual({ 'access-control-allow-origin': '*' });
    expect(events).toHaveLength(1);
  });

  it('does not allow foreign origins on other paths', async () => {
    const { port, events } = await start({ apis: [api] });
    const foreign = { origin: 'https://evil.example.com' };
    expect((await send(port, 'GET', '/_local/health', foreign)).status).toBe(403);
    expect((await send(port, 'POST', '/m', { host: 'rebound.example.com' })).status).toBe(403);
    expect(events).toEqual([]);
  });
});
