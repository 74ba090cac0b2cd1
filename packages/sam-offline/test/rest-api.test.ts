import { AwsError } from '../src/core/service';
import { send } from './support/http-api';
import { startRestApis, withApi } from './support/rest-api';

const stops: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

async function start(...settings: Parameters<typeof startRestApis>) {
  const apis = await startRestApis(...settings);
  stops.push(apis.stop);
  return apis;
}

const ROUTES = {
  Get: 'Path: "/rooms/{room}", Method: get',
  Post: 'Path: "/rooms/{room}", Method: post',
  Any: 'Path: "/{proxy+}", Method: any',
  Root: 'Path: /, Method: get',
};
const TEMPLATE = withApi('Variables: { color: red }, BinaryMediaTypes: [image~1*]', ROUTES);
const HOST = { host: 'localhost' };

// docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html Paths in events are encoded:
// github.com/middleapi/standard-server/pull/93
describe('the event of a REST API', () => {
  it('has the documented properties', async () => {
    const { port, events, app } = await start(TEMPLATE, {
      wallClock: () => Date.UTC(2020, 2, 4, 19, 15, 17),
    });
    const sent = { ...HOST, 'content-type': 'text/plain', 'content-length': '5', 'user-agent': 'test/1.0' };
    const headers = { ...sent, 'X-Twice': ['a', 'b'], authorization: 'secret' };
    await send(port, 'POST', '/v1/rooms/a%20b?q=1&q=2&r=%20', headers, 'hello');
    const added = {
      'X-Amzn-Trace-Id': expect.stringMatching(/^Root=1-/),
      'X-Forwarded-For': '127.0.0.1',
      'X-Forwarded-Port': String(port),
      'X-Forwarded-Proto': 'http',
    };
    const passed = {
      Host: 'localhost',
      'content-type': 'text/plain',
      'User-Agent': 'test/1.0',
      'X-Twice': 'b',
      Authorization: 'secret',
    };
    const apiId = app.restApis[0]?.apiId;
    expect(events).toEqual([
      {
        resource: '/rooms/{room}',
        path: '/rooms/a%20b',
        httpMethod: 'POST',
        headers: { ...passed, ...added },
        multiValueHeaders: {
          ...Object.fromEntries(
            Object.entries({ ...passed, ...added }).map(([name, value]) => [name, [value]]),
          ),
          'X-Twice': ['a', 'b'],
        },
        queryStringParameters: { q: '2', r: ' ' },
        multiValueQueryStringParameters: { q: ['1', '2'], r: [' '] },
        pathParameters: { room: 'a%20b' },
        stageVariables: { color: 'red' },
        requestContext: {
          accountId: '111122223333',
          apiId,
          domainName: `${apiId}.execute-api.us-east-1.amazonaws.com`,
          domainPrefix: apiId,
          extendedRequestId: expect.stringMatching(/^[\w-]{15}=$/),
          httpMethod: 'POST',
          identity: expect.objectContaining({
            accessKey: null,
            sourceIp: '127.0.0.1',
            userAgent: 'test/1.0',
          }),
          path: '/v1/rooms/a%20b',
          protocol: 'HTTP/1.1',
          requestId: expect.stringMatching(/^[\da-f]{8}-/),
          requestTime: '04/Mar/2020:19:15:17 +0000',
          requestTimeEpoch: 1583349317000,
          resourceId: expect.stringMatching(/^\w{6}$/),
          resourcePath: '/rooms/{room}',
          stage: 'v1',
        },
        body: 'hello',
        isBase64Encoded: false,
      },
    ]);
  });

  it('uses null for empty properties, and base64 for binary bodies', async () => {
    const { port, events } = await start(TEMPLATE);
    await send(port, 'GET', '/v1', HOST);
    await send(port, 'PUT', '/v1/files/a', { ...HOST, 'Content-Type': 'image/png' }, Buffer.from([0xff, 0]));
    expect(events).toMatchObject([
      {
        resource: '/',
        path: '/',
        queryStringParameters: null,
        multiValueQueryStringParameters: null,
        pathParameters: null,
        body: null,
      },
      { resource: '/{proxy+}', pathParameters: { proxy: 'files/a' }, body: '/wA=', isBase64Encoded: true },
    ]);
  });
});

describe('the response of a REST API', () => {
  const respond = (payload: unknown) => ({ respond: () => ({ payload }) });

  it.each<[string, object, object]>([
    ['only a status', {}, { status: 200, body: '' }],
    ['a status that is a string', { statusCode: '201', body: 'x' }, { status: 201, body: 'x' }],
    [
      'headers',
      { headers: { 'X-A': 'b', Date: 'today' }, multiValueHeaders: { 'Set-Cookie': ['a=1', 'b=2'] } },
      { headers: { 'x-a': 'b', 'x-amzn-remapped-date': 'today', 'set-cookie': ['a=1', 'b=2'] } },
    ],
    ['a JSON content type by default', { body: '{}' }, { headers: { 'content-type': 'application/json' } }],
    [
      'text in base64 if the client accepts no binary type',
      { body: 'aGk=', isBase64Encoded: true },
      { body: 'aGk=' },
    ],
  ])('has %s', async (_name, payload, expected) => {
    const { port } = await start(TEMPLATE, respond(payload));
    const response = await send(port, 'GET', '/v1/rooms/a', HOST);
    expect(response).toMatchObject({
      ...expected,
      headers: expect.objectContaining({ ...(expected as { headers?: object }).headers }),
    });
    expect(response.headers['x-amzn-requestid']).toMatch(/^[\da-f-]{36}$/);
  });

  it('is binary if the first accepted type is a binary type', async () => {
    const { port } = await start(TEMPLATE, respond({ body: 'aGk=', isBase64Encoded: true }));
    const accept = (value: string) => send(port, 'GET', '/v1/rooms/a', { ...HOST, Accept: value });
    expect((await accept('image/png, text/html')).body).toBe('hi');
    expect((await accept('text/html, image/png')).body).toBe('aGk=');
  });

  it.each<[string, unknown]>([
    ['is not an object', 'text'],
    ['has a body that is an object', { statusCode: 200, body: {} }],
    ['has a property that REST APIs do not support', { statusCode: 200, cookies: [] }],
    ['has an invalid status', { statusCode: 'ok' }],
  ])('has status 502 if the result %s', async (_name, payload) => {
    const { port, logged } = await start(TEMPLATE, respond(payload));
    const response = await send(port, 'GET', '/v1/rooms/a', HOST);
    expect(response).toMatchObject({ status: 502, body: '{"message":"Internal server error"}' });
    expect(response.headers['x-amzn-errortype']).toBe('InternalServerErrorException');
    expect(logged).toMatchObject([{ reason: expect.stringMatching(/^The function returned/) }]);
  });

  it('has status 502 if the function fails, 500 if it is throttled, and 413 if its event is too large', async () => {
    const failures = [
      () => ({ payload: { errorMessage: 'no' }, functionError: 'Unhandled' as const }),
      () => Promise.reject(new AwsError('TooManyRequestsException', 'Rate Exceeded.', 429)),
      () => Promise.reject(new AwsError('RequestTooLargeException', 'too large', 413)),
    ];
    const { port } = await start(TEMPLATE, { respond: () => (failures.shift() as () => never)() });
    const statuses = [];
    for (let index = 0; index < 3; index += 1)
      statuses.push((await send(port, 'GET', '/v1/rooms/a', HOST)).status);
    expect(statuses).toEqual([502, 500, 413]);
  });

  it('has status 504 after the timeout of the integration', async () => {
    const template = withApi('', { Get: 'Path: /slow, Method: get, TimeoutInMillis: 50' });
    const { port } = await start(template, { respond: () => new Promise(() => undefined) });
    expect(await send(port, 'GET', '/v1/slow', HOST)).toMatchObject({
      status: 504,
      body: '{"message":"Endpoint request timed out"}',
    });
  });

  it('has status 413 for a body over the limit', async () => {
    const { port } = await start(TEMPLATE, { maxBodyBytes: 3 });
    expect(await send(port, 'POST', '/v1/rooms/a', HOST, 'long')).toMatchObject({
      status: 413,
      body: '{"message":"Request Too Long"}',
    });
  });
});

// docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
describe('the resources of a REST API', () => {
  it.each([
    ['GET', '/v1/rooms/a', '/rooms/{room}'],
    ['GET', '/v1/rooms/a/', '/rooms/{room}'],
    ['DELETE', '/v1/rooms/a/b', '/{proxy+}'],
    ['GET', '/rooms/a', '/rooms/{room}'],
  ])('receive %s %s as %s', async (method, path, resource) => {
    const { port, events } = await start(TEMPLATE);
    await send(port, method, path, HOST);
    expect(events).toMatchObject([{ resource }]);
  });

  it.each([
    ['a method that the resource does not have, even if a greedy resource has it', 'DELETE', '/v1/rooms/a'],
    ['a path that no resource has', 'POST', '/v1'],
  ])('return status 403 for %s', async (_name, method, path) => {
    const { port } = await start(TEMPLATE);
    const response = await send(port, method, path, HOST);
    expect(response).toMatchObject({ status: 403, body: '{"message":"Missing Authentication Token"}' });
    expect(response.headers['x-amzn-errortype']).toBe('MissingAuthenticationTokenException');
  });

  it('are served without the stage in the path only if exactly one API has the path', async () => {
    const other = `  Other: { Type: AWS::Serverless::Api, Properties: { StageName: v2 } }
  OtherFn:
    Type: AWS::Serverless::Function
    Properties:
      Handler: a.b
      Runtime: nodejs24.x
      Events: { Get: { Type: Api, Properties: { RestApiId: !Ref Other, Path: /both, Method: get } } }
`;
    const routes = { Both: 'Path: /both, Method: get', Own: 'Path: /own, Method: get' };
    const { port, events, app } = await start(withApi('', routes, other));
    const otherId = app.restApis.find(({ logicalId }) => logicalId === 'Other')?.apiId;
    const paths = ['/both', '/own', '/v1/both', '/v2/both', `/_apis/${otherId}/v2/both`];
    const statuses = [];
    for (const path of paths) statuses.push((await send(port, 'GET', path, HOST)).status);
    expect(statuses).toEqual([403, 200, 200, 200, 200]);
    expect(events.map(({ requestContext }) => requestContext.path)).toEqual([
      ...['/v1/own', '/v1/both', '/v2/both', '/v2/both'],
    ]);
  });

  it('are throttled by the limits of the stage', async () => {
    const settings =
      '[{ ResourcePath: "/*", HttpMethod: "*", ThrottlingBurstLimit: 1, ThrottlingRateLimit: 1 }]';
    const { port } = await start(withApi(`MethodSettings: ${settings}`, ROUTES), { clock: () => 0 });
    const statuses = [];
    for (const path of ['/v1/rooms/a', '/v1/rooms/b', '/v1/'])
      statuses.push((await send(port, 'GET', path, HOST)).status);
    expect(statuses).toEqual([200, 429, 200]);
  });
});

describe('CORS of an AWS::Serverless::Api', () => {
  it('answers preflight requests with a mock integration, and adds no headers to other responses', async () => {
    const cors = `Cors: { AllowOrigin: "'https://a.example'", AllowHeaders: "'X-A'", MaxAge: "'600'" }`;
    const { port, events } = await start(withApi(cors, ROUTES));
    const preflight = await send(port, 'OPTIONS', '/v1/rooms/a', HOST);
    expect(preflight).toMatchObject({ status: 200, body: '{}\n' });
    expect(preflight.headers).toMatchObject({
      'access-control-allow-origin': 'https://a.example',
      'access-control-allow-headers': 'X-A',
      'access-control-allow-methods': 'GET,OPTIONS,POST',
      'access-control-max-age': '600',
    });
    expect(events).toEqual([]);
    const response = await send(port, 'GET', '/v1/rooms/a', HOST);
    expect(response.headers['access-control-allow-origin']).toBeUndefined();
  });
});

describe('gateway responses', () => {
  const RESPONSES = `GatewayResponses: { DEFAULT_4XX: { ResponseParameters: { Headers: { Access-Control-Allow-Origin: "'*'", X-Id: context.requestId } }, ResponseTemplates: { application/json: '{"error": $context.error.messageString, "type": "$context.error.responseType"}' } }, MISSING_AUTHENTICATION_TOKEN: { StatusCode: 404 } }`;

  it('apply to one response type, or to all types of a class', async () => {
    const { port } = await start(
      withApi(RESPONSES, { Get: 'Path: /a, Method: get, Auth: { ApiKeyRequired: true }' }),
    );
    expect(await send(port, 'GET', '/v1/b', HOST)).toMatchObject({
      status: 404,
      body: '{"message":"Missing Authentication Token"}',
    });
    const forbidden = await send(port, 'GET', '/v1/a', HOST);
    expect(forbidden).toMatchObject({
      status: 403,
      body: '{"error": "Forbidden", "type": "INVALID_API_KEY"}',
    });
    expect(forbidden.headers).toMatchObject({
      'access-control-allow-origin': '*',
      'x-id': forbidden.headers['x-amzn-requestid'],
    });
  });
});
