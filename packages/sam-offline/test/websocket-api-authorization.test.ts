import type { LambdaAuthorizerModel } from '../src/api-gateway/model';
import type { RouteRequest } from '../src/iam/access-control';
import type { RouteModel, WebSocketApiModel } from '../src/websocket-api/model';
import {
  apiModel,
  createStarter,
  type Event,
  OK,
  routeTo,
  waitForMessage,
  waitForRejection,
} from './support/websocket-api';

const start = createStarter();
type Settings = NonNullable<Parameters<typeof start>[0]>;

const AUTHORIZER: LambdaAuthorizerModel = {
  type: 'REQUEST',
  id: 'auth',
  functionArn: 'arn:authorizer',
  identitySources: ['route.request.header.Auth'],
  payloadFormat: '1.0',
  hasSimpleResponses: false,
  cacheSeconds: 0,
};
const ROUTE_ARN = 'arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5/production/$connect';

const policy = (Effect: string, Resource = ROUTE_ARN, more = {}) => ({
  principalId: 'ada',
  policyDocument: { Version: '2012-10-17', Statement: [{ Action: 'execute-api:Invoke', Effect, Resource }] },
  ...more,
});

/** Starts an API. `connect` contains settings of its `$connect` route. */
function startWith(
  connect: Partial<RouteModel>,
  settings: Settings = {},
  api: Partial<WebSocketApiModel> = {},
) {
  const routes = [{ ...routeTo('$connect'), ...connect }, routeTo('$default'), routeTo('$disconnect')];
  return start({ apis: [apiModel([], { routes, ...api })], ...settings });
}

/** Starts an API with a Lambda authorizer that returns this result. */
function startAuthorizer(
  payload: unknown,
  authorizer: Partial<LambdaAuthorizerModel> = {},
  result: object = {},
) {
  return startWith(
    { authorization: { ...AUTHORIZER, ...authorizer } },
    { respond: (_event, arn) => (arn === 'arn:authorizer' ? { payload, ...result } : OK) },
  );
}

const HEADERS = { headers: { Auth: 'secret' } };

// docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-lambda-auth.html
describe('Lambda authorizers of WebSocket APIs', () => {
  it('receives the handshake', async () => {
    const { connect, events } = await startAuthorizer(policy('Allow'));
    await connect('/production?room=a', [], HEADERS);
    expect(events[0]).toMatchObject({
      type: 'REQUEST',
      methodArn: ROUTE_ARN,
      headers: { Auth: 'secret' },
      multiValueHeaders: { Auth: ['secret'] },
      queryStringParameters: { room: 'a' },
      multiValueQueryStringParameters: { room: ['a'] },
      stageVariables: {},
      requestContext: { eventType: 'CONNECT', routeKey: '$connect', apiId: 'a1b2c3d4e5' },
    });
  });

  it('adds its context to every event as strings', async () => {
    const context = { name: 'Ada', age: 36, admin: true };
    const { connect, eventsOf } = await startAuthorizer(policy('Allow', '*', { context }));
    const { socket } = await connect('/', [], HEADERS);
    socket.send('hello');
    await eventsOf('MESSAGE');
    socket.close();
    await eventsOf('DISCONNECT');
    // The first event is for the authorizer.
    const events = [...(await eventsOf('CONNECT')).slice(1), ...(await eventsOf('MESSAGE'))];
    for (const event of [...events, ...(await eventsOf('DISCONNECT'))]) {
      expect(event.requestContext.authorizer).toEqual({
        principalId: 'ada',
        name: 'Ada',
        age: '36',
        admin: 'true',
      });
    }
  });

  it.each([
    ['a header', ['route.request.header.auth'], HEADERS, '/'],
    ['a query parameter', ['route.request.querystring.token'], {}, '/?token=t'],
    [
      'several sources',
      ['route.request.header.Auth', 'route.request.querystring.token'],
      HEADERS,
      '/?token=t',
    ],
    ['a context variable', ['context.identity.sourceIp'], {}, '/'],
    ['nothing', [], {}, '/'],
  ])('runs with %s as the identity source', async (_name, identitySources, options, path) => {
    const { connect, events } = await startAuthorizer(policy('Allow'), { identitySources });
    await connect(path, [], options);
    expect(events).toHaveLength(2);
  });

  it.each([
    ['a header', ['route.request.header.Auth'], '/'],
    ['an empty query parameter', ['route.request.querystring.token'], '/?token='],
    [
      'one of several identity sources',
      ['route.request.querystring.token', 'route.request.header.Auth'],
      '/?token=t',
    ],
    ['a stage variable', ['stageVariables.missing'], '/'],
    ['a context variable', ['context.identity.apiKey'], '/'],
  ])('rejects a client without %s with 401, and is not invoked', async (_name, identitySources, path) => {
    const { dial, events } = await startAuthorizer(policy('Allow'), { identitySources });
    const { status, body } = await waitForRejection(dial(path));
    expect([status, JSON.parse(body)]).toMatchObject([401, { message: 'Unauthorized' }]);
    expect(events).toEqual([]);
  });

  it.each([
    ['denies', policy('Deny'), 403, 'Forbidden'],
    ['allows another stage', policy('Allow', ROUTE_ARN.replace('production', 'dev')), 403, 'Forbidden'],
    ['has no statement', { ...policy('Allow'), policyDocument: {} }, 403, 'Forbidden'],
    ['is missing', { principalId: 'ada' }, 500, 'Internal server error'],
    ['has no principal', { ...policy('Allow'), principalId: undefined }, 500, 'Internal server error'],
    ['has a nested context', policy('Allow', '*', { context: { a: {} } }), 500, 'Internal server error'],
    ['has a context that is a string', policy('Allow', '*', { context: 'a' }), 500, 'Internal server error'],
    ['is a string', 'Allow', 500, 'Internal server error'],
  ])('rejects a client if the policy %s', async (_name, payload, status, message) => {
    const { dial, events, logged } = await startAuthorizer(payload);
    const rejection = await waitForRejection(dial('/', [], HEADERS));
    expect([rejection.status, JSON.parse(rejection.body)]).toMatchObject([status, { message }]);
    expect(events).toHaveLength(1);
    expect(logged).toMatchObject([{ failed: 'authorization', reason: expect.any(String) }]);
  });

  it.each([
    ['Unauthorized', 401],
    ['boom', 500],
  ])('rejects a client if it fails with the error %s', async (errorMessage, status) => {
    const { dial } = await startAuthorizer({ errorMessage }, {}, { functionError: 'Unhandled' });
    expect((await waitForRejection(dial('/', [], HEADERS))).status).toBe(status);
  });

  it('rejects a client if API Gateway has no permission to invoke the authorizer', async () => {
    const { dial, events } = await startAuthorizer(policy('Allow'), { denial: 'No permission.' });
    expect((await waitForRejection(dial('/', [], HEADERS))).status).toBe(500);
    expect(events).toEqual([]);
  });

  it('rejects a client if the function cannot be invoked', async () => {
    const { dial } = await startWith(
      { authorization: AUTHORIZER },
      { respond: () => Promise.reject(new Error('throttled')) },
    );
    expect((await waitForRejection(dial('/', [], HEADERS))).status).toBe(500);
  });

  // AuthorizerResultTtlInSeconds: "Supported only for HTTP API Lambda authorizers."
  it('runs for every connection', async () => {
    const { connect, events } = await startAuthorizer(policy('Allow'), { cacheSeconds: 300 });
    await connect('/', [], HEADERS);
    await connect('/', [], HEADERS);
    const runs = (events as (Event & { type?: string })[]).filter(({ type }) => type === 'REQUEST');
    expect(runs).toHaveLength(2);
  });
});

// docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-control-access-iam.html
describe('IAM authorization of WebSocket APIs', () => {
  const CALLER = {
    accessKey: 'AKIA',
    accountId: '123456789012',
    callerId: 'caller',
    userArn: 'arn:user',
    userId: 'user',
    cognitoIdentity: null,
    principalOrgId: null,
  };

  it('adds the caller to the identity', async () => {
    const requests: RouteRequest[] = [];
    const { connect, eventsOf } = await startWith(
      { authorization: { type: 'AWS_IAM' } },
      {
        clock: () => 5_000,
        findCaller: (request) => {
          requests.push(request);
          return CALLER;
        },
      },
    );
    await connect('/production?X-Amz-Signature=1');
    const [event] = await eventsOf('CONNECT');
    expect(event?.requestContext.identity).toEqual({
      accessKey: 'AKIA',
      accountId: '123456789012',
      caller: 'caller',
      user: 'user',
      userArn: 'arn:user',
      sourceIp: '127.0.0.1',
    });
    expect(requests).toMatchObject([
      {
        method: 'GET',
        url: '/production?X-Amz-Signature=1',
        stage: 'production',
        route: '$connect',
        now: 5_000,
      },
    ]);
  });

  it('rejects a request that is not signed', async () => {
    const { dial, events } = await startWith({ authorization: { type: 'AWS_IAM' } });
    expect((await waitForRejection(dial())).status).toBe(403);
    expect(events).toEqual([]);
  });
});

// docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-selection-expressions.html
describe('API keys of WebSocket APIs', () => {
  const apiKeys = [{ id: 'k1', value: 'key-one' }];

  it('allow a client to connect, and appear in every event', async () => {
    const { connect, eventsOf } = await startWith({ requiresApiKey: true }, {}, { apiKeys });
    const { socket } = await connect('/', [], { headers: { 'X-API-Key': 'key-one' } });
    socket.send('hello');
    const [event] = await eventsOf('MESSAGE');
    expect(event?.requestContext.identity).toMatchObject({ apiKey: 'key-one', apiKeyId: 'k1' });
  });

  it.each<Record<string, string>>([{}, { 'x-api-key': 'other' }])(
    'are required, so a client with the headers %j is rejected',
    async (headers) => {
      const { dial } = await startWith({ requiresApiKey: true }, {}, { apiKeys });
      expect((await waitForRejection(dial('/', [], { headers }))).status).toBe(403);
    },
  );

  it('are required, so a stage without a usage plan rejects every client', async () => {
    const { dial } = await startWith({ requiresApiKey: true });
    expect((await waitForRejection(dial('/'))).status).toBe(403);
  });

  it.each([
    ['key-one', true],
    ['other', false],
    [undefined, false],
  ])('can be returned by an authorizer (key: %s, accepted: %s)', async (usageIdentifierKey, isAllowed) => {
    const payload = policy('Allow', '*', { usageIdentifierKey });
    const { connect, dial } = await startWith(
      { requiresApiKey: true, authorization: { ...AUTHORIZER, identitySources: [] } },
      { respond: (_event, arn) => (arn === 'arn:authorizer' ? { payload } : OK) },
      { apiKeys, apiKeySelectionExpression: '$context.authorizer.usageIdentifierKey' },
    );
    if (isAllowed) expect((await connect()).connectionId).not.toBe('');
    else expect((await waitForRejection(dial())).status).toBe(403);
  });
});

// docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-request-validation.html
describe('Models of WebSocket APIs', () => {
  const schema = {
    $schema: 'http://json-schema.org/draft-04/schema#',
    type: 'object',
    properties: { action: { type: 'string' }, size: { type: 'number', minimum: 0, exclusiveMinimum: true } },
    required: ['size'],
  };

  async function send(message: string, schemas: Record<string, unknown>) {
    const validation = { selection: '$request.body.action', schemas };
    const { connect, events } = await start({
      apis: [apiModel([], { routes: [{ ...routeTo('$default'), validation, hasResponse: true }] })],
      respond: () => ({ payload: { statusCode: 200, body: '{"message":"valid"}' } }),
    });
    const { socket, connectionId } = await connect();
    socket.send(message);
    return { reply: JSON.parse(await waitForMessage(socket)), connectionId, invocations: events.length };
  }

  it.each([
    ['{"action":"add","size":1}', { add: schema }],
    ['{"action":"other","size":1}', { $default: schema }],
    ['{"size":1}', { $default: schema }],
  ])('accepts %s', async (message, schemas) => {
    const { reply, invocations } = await send(message, schemas);
    expect([reply, invocations]).toEqual([{ message: 'valid' }, 1]);
  });

  it.each([
    ['{"action":"add","size":0}', { add: schema }],
    ['{"action":"add"}', { add: schema }],
    ['{"action":"other","size":1}', { add: schema }],
    ['{"action":"toString","size":1}', { add: schema }],
    ['not JSON', { $default: schema }],
    ['{"action":"add","size":1}', { add: 'no schema' }],
  ])('rejects %s before the integration is invoked', async (message, schemas) => {
    const { reply, connectionId, invocations } = await send(message, schemas);
    const error = { message: 'Invalid request body', connectionId, requestId: expect.stringMatching(/=$/) };
    expect([reply, invocations]).toEqual([error, 0]);
  });
});
