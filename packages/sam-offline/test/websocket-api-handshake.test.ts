import { AwsError } from '../src/core/service';
import {
  apiModel,
  createStarter,
  ID,
  OK,
  waitForClose,
  waitForOpen,
  waitForRejection,
  waitUntil,
} from './support/websocket-api';

const start = createStarter();

// docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-keys-connect-disconnect.html
// The request context: docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-mapping-template-reference.html
describe('WebSocket handshake', () => {
  it('invokes $connect with the request, and accepts the client when $connect returns', async () => {
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { dial, eventsOf, webSocketApis } = await start({ respond: () => gate.then(() => OK) });
    const socket = dial('/production?token=a%20b&tag=1&tag=2', [], {
      headers: { 'X-Custom-Header': 'As Is' },
    });
    let isOpen = false;
    socket.once('open', () => {
      isOpen = true;
    });

    const [event] = await eventsOf('CONNECT');

    expect(isOpen).toBe(false);
    expect(webSocketApis.connections()).toEqual([]);
    release();
    await waitForOpen(socket);
    expect(event).toMatchObject({
      queryStringParameters: { token: 'a b', tag: '2' },
      multiValueQueryStringParameters: { token: ['a b'], tag: ['1', '2'] },
      isBase64Encoded: false,
      headers: { 'X-Custom-Header': 'As Is', 'Sec-WebSocket-Version': '13', 'X-Forwarded-For': '127.0.0.1' },
      multiValueHeaders: { 'X-Custom-Header': ['As Is'] },
    });
    expect(Object.keys(event?.headers ?? {})).not.toContain('Upgrade');
    expect(event?.requestContext).toEqual({
      routeKey: '$connect',
      eventType: 'CONNECT',
      extendedRequestId: expect.stringMatching(ID),
      requestId: expect.stringMatching(ID),
      requestTime: expect.stringMatching(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/),
      requestTimeEpoch: expect.any(Number),
      messageDirection: 'IN',
      stage: 'production',
      connectedAt: expect.any(Number),
      identity: { sourceIp: '127.0.0.1' },
      domainName: 'a1b2c3d4e5.execute-api.us-east-1.amazonaws.com',
      connectionId: expect.stringMatching(ID),
      apiId: 'a1b2c3d4e5',
    });
  });

  it('omits the query string properties if there is no query, and adds the user agent', async () => {
    const { connect, eventsOf } = await start();
    await connect('/', [], { headers: { 'User-Agent': 'test/1' } });
    const [event] = await eventsOf('CONNECT');
    expect(event).not.toHaveProperty('queryStringParameters');
    expect(event).not.toHaveProperty('multiValueQueryStringParameters');
    expect(event?.requestContext.identity).toEqual({ sourceIp: '127.0.0.1', userAgent: 'test/1' });
  });

  it.each([
    ['the status that $connect returns', { payload: { statusCode: 401 } }, 401, 'Unauthorized'],
    [
      '502 for a failed function',
      { payload: {}, functionError: 'Unhandled' } as const,
      502,
      'Internal server error',
    ],
    ['502 for a missing result', { payload: null }, 502, 'Internal server error'],
    ['502 for a missing statusCode', { payload: { body: 'hi' } }, 502, 'Internal server error'],
    ['502 for an unknown property', { payload: { statusCode: 200, Data: 1 } }, 502, 'Internal server error'],
    [
      '502 for a body that is not a string',
      { payload: { statusCode: 200, body: {} } },
      502,
      'Internal server error',
    ],
  ])('rejects the client with %s, and does not run $disconnect', async (_name, result, status, message) => {
    const { dial, webSocketApis, events } = await start({ respond: () => result });
    const rejection = await waitForRejection(dial());
    expect(rejection.status).toBe(status);
    expect(JSON.parse(rejection.body)).toMatchObject({ message, connectionId: expect.stringMatching(ID) });
    await waitUntil(() => webSocketApis.load().running === 0);
    expect(events.map(({ requestContext }) => requestContext.eventType)).toEqual(['CONNECT']);
    expect(webSocketApis.load()).toEqual({ connections: 0, running: 0 });
  });

  it.each([200, 204, 299])('accepts the client if $connect returns %i', async (statusCode) => {
    const { connect } = await start({ respond: () => ({ payload: { statusCode } }) });
    expect((await connect()).connectionId).toMatch(ID);
  });

  it.each([300, 400, 403, 500])('rejects the client if $connect returns %i', async (statusCode) => {
    const { dial, webSocketApis } = await start({ respond: () => ({ payload: { statusCode } }) });
    expect((await waitForRejection(dial())).status).toBe(statusCode);
    expect(webSocketApis.connections()).toEqual([]);
  });

  it('rejects the client with 504 if $connect times out, and with 500 if it is throttled or missing', async () => {
    const slow = await start({ limits: { integrationMillis: 20 }, respond: () => new Promise(() => {}) });
    expect((await waitForRejection(slow.dial())).status).toBe(504);
    const throttled = new AwsError('TooManyRequestsException', 'Rate Exceeded.', 429);
    const busy = await start({ respond: () => Promise.reject(throttled) });
    expect((await waitForRejection(busy.dial())).status).toBe(500);
    const broken = await start({ respond: () => Promise.reject(new Error('no such function')) });
    expect((await waitForRejection(broken.dial())).status).toBe(500);
    expect(broken.logged).toEqual([
      expect.objectContaining({ reason: expect.stringContaining('no such function') }),
    ]);
  });

  it('accepts every client if there is no $connect route', async () => {
    const { connect, events } = await start({ apis: [apiModel(['$default'])] });
    const { connectionId } = await connect();
    expect(connectionId).toMatch(ID);
    expect(events).toEqual([]);
  });

  // docs.aws.amazon.com/apigateway/latest/developerguide/websocket-connect-route-subprotocol.html
  it.each([
    ['the result of $connect', { 'sec-websocket-PROTOCOL': 'two' }, 'two'],
    ['no header', undefined, ''],
  ])('selects the subprotocol from %s', async (_name, headers, expected) => {
    const { dial } = await start({ respond: () => ({ payload: { statusCode: 200, headers } }) });
    const socket = dial('/', ['one', 'two']);
    // The client rejects a response that selects none of its subprotocols, so check the response header.
    const selected = new Promise((resolve) =>
      socket.once('upgrade', (response) => resolve(response.headers['sec-websocket-protocol'] ?? '')),
    );
    expect(await selected).toBe(expected);
  });

  it('rejects the client with 502 if $connect returns a subprotocol that is not a valid header', async () => {
    const headers = { 'Sec-WebSocket-Protocol': 'one\r\nSet-Cookie: a=b' };
    const { dial } = await start({ respond: () => ({ payload: { statusCode: 200, headers } }) });
    expect((await waitForRejection(dial('/', ['one']))).status).toBe(502);
  });

  it('rejects unknown stages with 403', async () => {
    const { dial, events } = await start();
    expect((await waitForRejection(dial('/other'))).status).toBe(403);
    expect(events).toEqual([]);
  });

  // AWS documents no WebSocket extensions. Clients must work without compression.
  it('does not negotiate compression', async () => {
    const { connect } = await start();
    const { socket } = await connect();
    expect(socket.extensions).toBe('');
  });

  it('runs $disconnect for a client that disconnected before $connect accepted it', async () => {
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { dial, eventsOf, webSocketApis } = await start({
      respond: ({ requestContext }) => (requestContext.eventType === 'CONNECT' ? gate.then(() => OK) : OK),
    });
    const socket = dial();
    await eventsOf('CONNECT');
    socket.terminate();
    await waitForClose(socket);
    release();
    const [event] = await eventsOf('DISCONNECT');
    expect(event?.requestContext.disconnectStatusCode).toBe(1006);
    await waitUntil(() => webSocketApis.load().running === 0);
    expect(webSocketApis.load()).toEqual({ connections: 0, running: 0 });
  });
});

describe('WebSocket API stages', () => {
  const two = [
    apiModel(['$default'], { stage: 'one' }),
    apiModel(['$default'], { stage: 'two', apiId: 'other' }),
  ];

  it('selects the API by path', async () => {
    const { connect, dial, webSocketApis } = await start({ apis: two });
    await connect('/two');
    expect(webSocketApis.connections()).toEqual([expect.objectContaining({ apiId: 'other', stage: 'two' })]);
    expect((await waitForRejection(dial('/three'))).status).toBe(403);
    expect((await waitForRejection(dial('/two/three'))).status).toBe(403);
  });

  it('serves the first API at the root and at its stage, and every API under its ID', async () => {
    const apis = [apiModel(['$default']), apiModel(['$default'], { apiId: 'other' })];
    const { connect, webSocketApis } = await start({ apis });
    const apiIds: (string | undefined)[] = [];
    for (const path of ['/', '/production', '/_apis/other/production', '/_apis/a1b2c3d4e5/production']) {
      const { connectionId } = await connect(path);
      const info = webSocketApis.connections().find((other) => other.connectionId === connectionId);
      apiIds.push(info?.apiId);
    }
    expect(apiIds).toEqual(['a1b2c3d4e5', 'a1b2c3d4e5', 'other', 'a1b2c3d4e5']);
  });

  // docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-set-up-websocket-deployment.html
  it('rejects clients of a stage without a deployment', async () => {
    const { dial } = await start({ apis: [apiModel(['$default'], { isDeployed: false })] });
    const { status, body } = await waitForRejection(dial('/'));
    expect([status, JSON.parse(body)]).toEqual([403, { message: 'Forbidden' }]);
  });
});
