import { Faults } from '../src/core/faults';
import { UnsupportedError } from '../src/core/service';
import { createGateway } from '../src/gateway';
import { api, closed, gatewayStarter, ID, OK, opened, refused, until } from './support/gateway';

const start = gatewayStarter();

describe('the opening handshake', () => {
  it('invokes $connect with the request, and lets the client in when it has returned', async () => {
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { dial, eventsOf, gateway, port } = await start({ answer: () => gate.then(() => OK) });
    const socket = dial('/production?token=a%20b&tag=1&tag=2', [], {
      headers: { 'X-Custom-Header': 'As Is' },
    });
    let isOpen = false;
    socket.once('open', () => {
      isOpen = true;
    });

    const [event] = await eventsOf('CONNECT');

    expect(isOpen).toBe(false);
    expect(gateway.connections()).toEqual([]);
    release();
    await opened(socket);
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
      domainName: `127.0.0.1:${port}`,
      connectionId: expect.stringMatching(ID),
      apiId: 'a1b2c3d4e5',
    });
  });

  it('has no query string members where there is no query, and the user agent where there is one', async () => {
    const { connect, eventsOf } = await start();
    await connect('/', [], { headers: { 'User-Agent': 'test/1' } });
    const [event] = await eventsOf('CONNECT');
    expect(event).not.toHaveProperty('queryStringParameters');
    expect(event).not.toHaveProperty('multiValueQueryStringParameters');
    expect(event?.requestContext.identity).toEqual({ sourceIp: '127.0.0.1', userAgent: 'test/1' });
  });

  it.each([
    ['the status $connect returns', { payload: { statusCode: 401 } }, 401, 'Unauthorized'],
    ['502 for a failed function', { payload: {}, functionError: 'Unhandled' }, 502, 'Internal server error'],
    ['502 for no result', { payload: null }, 502, 'Internal server error'],
    ['502 for no statusCode', { payload: { body: 'hi' } }, 502, 'Internal server error'],
    ['502 for a member too many', { payload: { statusCode: 200, Data: 1 } }, 502, 'Internal server error'],
    [
      '502 for a body that is no text',
      { payload: { statusCode: 200, body: {} } },
      502,
      'Internal server error',
    ],
  ])('is refused with %s, without $disconnect', async (_name, answer, status, message) => {
    const { dial, gateway, events } = await start({ answer: () => answer });
    const refusal = await refused(dial());
    expect(refusal.status).toBe(status);
    expect(JSON.parse(refusal.body)).toMatchObject({ message, connectionId: expect.stringMatching(ID) });
    await until(() => gateway.load().running === 0);
    expect(events.map(({ requestContext }) => requestContext.eventType)).toEqual(['CONNECT']);
    expect(gateway.load()).toEqual({ connections: 0, running: 0 });
  });

  it('is refused with 504 when $connect takes too long, and with 500 when it cannot be invoked', async () => {
    const slow = await start({ limits: { integrationMillis: 20 }, answer: () => new Promise(() => {}) });
    expect((await refused(slow.dial())).status).toBe(504);
    const broken = await start({ answer: () => Promise.reject(new Error('no such function')) });
    expect((await refused(broken.dial())).status).toBe(500);
    expect(broken.logged).toEqual([
      expect.objectContaining({ reason: expect.stringContaining('no such function') }),
    ]);
  });

  it('succeeds without a $connect route', async () => {
    const { connect, events } = await start({ apis: [api(['$default'])] });
    const { connectionId } = await connect();
    expect(connectionId).toMatch(ID);
    expect(events).toEqual([]);
  });

  it.each([
    ['its own result', { 'sec-websocket-PROTOCOL': 'two' }, 'two'],
    ['nothing', undefined, ''],
  ])('selects the subprotocol by %s', async (_name, headers, expected) => {
    const { dial } = await start({ answer: () => ({ payload: { statusCode: 200, headers } }) });
    const socket = dial('/', ['one', 'two']);
    // The client fails a handshake whose answer selects nothing of what it offered: the header is what counts.
    const selected = new Promise((resolve) =>
      socket.once('upgrade', (response) => resolve(response.headers['sec-websocket-protocol'] ?? '')),
    );
    expect(await selected).toBe(expected);
  });

  it('is refused with 502 where the subprotocol $connect returned cannot be a header', async () => {
    const headers = { 'Sec-WebSocket-Protocol': 'one\r\nSet-Cookie: a=b' };
    const { dial } = await start({ answer: () => ({ payload: { statusCode: 200, headers } }) });
    expect((await refused(dial('/', ['one']))).status).toBe(502);
  });

  it('is refused with 403 at a path that is no stage', async () => {
    const { dial, events } = await start();
    expect((await refused(dial('/other'))).status).toBe(403);
    expect(events).toEqual([]);
  });

  it('negotiates no compression', async () => {
    const { connect } = await start();
    const { socket } = await connect();
    expect(socket.extensions).toBe('');
  });

  it('runs $disconnect for a client that $connect accepted but that has left', async () => {
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { dial, eventsOf, gateway } = await start({
      answer: ({ requestContext }) => (requestContext.eventType === 'CONNECT' ? gate.then(() => OK) : OK),
    });
    const socket = dial();
    await eventsOf('CONNECT');
    socket.terminate();
    await closed(socket);
    release();
    const [event] = await eventsOf('DISCONNECT');
    expect(event?.requestContext.disconnectStatusCode).toBe(1006);
    await until(() => gateway.load().running === 0);
    expect(gateway.load()).toEqual({ connections: 0, running: 0 });
  });
});

describe('stages', () => {
  const two = [api(['$default'], { stage: 'one' }), api(['$default'], { stage: 'two', apiId: 'other' })];

  it('are told apart by path when there are several APIs', async () => {
    const { connect, dial, gateway } = await start({ apis: two });
    await connect('/two');
    expect(gateway.connections()).toEqual([expect.objectContaining({ apiId: 'other', stage: 'two' })]);
    expect((await refused(dial('/'))).status).toBe(403);
  });

  it('of the same name are refused by name', () => {
    const apis = [api([], { logicalId: 'First' }), api([], { logicalId: 'Second' })];
    const make = () => createGateway({ apis, faults: new Faults(), invoke: async () => OK });
    expect(make).toThrow(UnsupportedError);
    expect(make).toThrow(/First and Second both have a stage "production"/);
  });
});
