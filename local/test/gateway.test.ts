import { UnsupportedError } from '../src/aws';
import { Faults } from '../src/faults';
import { createGateway } from '../src/gateway';
import {
  api,
  closed,
  type Event,
  nextMessage,
  OK,
  opened,
  refused,
  startGateway,
  until,
} from './gateway.support';

type Running = Awaited<ReturnType<typeof startGateway>>;

let running: Running | undefined;

async function start(...settings: Parameters<typeof startGateway>): Promise<Running> {
  running = await startGateway(...settings);
  return running;
}

afterEach(async () => {
  await running?.stop();
  running = undefined;
});

const ID = /^[\w-]{15}=$/;

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
    await slow.stop();
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

describe('route selection', () => {
  async function routed(body: string, selection = '$request.body.action'): Promise<string> {
    const keys = [
      '$connect',
      '$disconnect',
      '$default',
      'sendmessage',
      '7',
      '__proto__',
      'constructor',
      'Object',
    ];
    const { connect, eventsOf } = await start({ apis: [api(keys, { routeSelectionExpression: selection })] });
    const { socket } = await connect();
    socket.send(body);
    const [event] = await eventsOf('MESSAGE');
    expect(event?.body).toBe(body);
    return event?.requestContext.routeKey ?? '';
  }

  it.each([
    ['{"action":"sendmessage"}', 'sendmessage'],
    ['{"action":"sendMessage"}', '$default'],
    ['{"action":"unknown"}', '$default'],
    ['{"action":7}', '7'],
    ['{"action":{"a":1}}', '$default'],
    ['{"action":null}', '$default'],
    ['{"action":"__proto__"}', '__proto__'],
    ['{"action":"constructor"}', 'constructor'],
    ['{"action":"hasOwnProperty"}', '$default'],
    ['{"action":"$connect"}', '$default'],
    ['{"action":"$disconnect"}', '$default'],
    ['{}', '$default'],
    ['["action"]', '$default'],
    ['"action"', '$default'],
    ['null', '$default'],
    ['not JSON {', '$default'],
    ['', '$default'],
  ])('of %s is %s', async (body, expected) => {
    expect(await routed(body)).toBe(expected);
  });

  it('follows a path, also in curly braces', async () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: API Gateway's syntax
    expect(await routed('{"a":{"b":"sendmessage"}}', '${request.body.a.b}')).toBe('sendmessage');
  });

  it.each([
    '$request.header.x',
    '$request.body',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: API Gateway's syntax
    '${request.body.a}-${request.body.b}',
    '$request.body.a..b',
  ])('by %s is refused by name', (routeSelectionExpression) => {
    const apis = [api([], { routeSelectionExpression })];
    const make = () => createGateway({ apis, faults: new Faults(), invoke: async () => OK });
    expect(make).toThrow(UnsupportedError);
    expect(make).toThrow(routeSelectionExpression);
  });

  it('answers Forbidden where there is no route and no $default', async () => {
    const { connect } = await start({ apis: [api(['sendmessage'])] });
    const { socket, connectionId } = await connect();
    socket.send('{"action":"other"}');
    expect(JSON.parse(await nextMessage(socket))).toEqual({
      message: 'Forbidden',
      connectionId,
      requestId: expect.stringMatching(ID),
    });
  });
});

describe('a message', () => {
  const failMessages = (answer: { payload: unknown; functionError?: string }) => (event: Event) =>
    event.requestContext.eventType === 'MESSAGE' ? answer : OK;

  it('has an id of its own, and events have distinct request ids', async () => {
    const { connect, events, eventsOf } = await start();
    const { socket, connectionId } = await connect();
    for (let i = 0; i < 5; i += 1) socket.send('{"action":"sendmessage"}');
    const messages = await eventsOf('MESSAGE', 5);
    expect(messages[0]).toEqual({
      requestContext: expect.objectContaining({ messageId: expect.stringMatching(ID), connectionId }),
      body: '{"action":"sendmessage"}',
      isBase64Encoded: false,
    });
    expect(new Set(messages.map(({ requestContext }) => requestContext.messageId)).size).toBe(5);
    expect(new Set(events.map(({ requestContext }) => requestContext.requestId)).size).toBe(6);
  });

  it.each([
    ['a failed function', { payload: { errorMessage: 'x' }, functionError: 'Unhandled' }],
    ['a result without statusCode', { payload: undefined }],
  ])('answers Internal server error for %s, and logs why', async (_name, answer) => {
    const { connect, eventsOf, logged } = await start({ answer: failMessages(answer) });
    const { socket, connectionId } = await connect();
    socket.send('hello');
    const told = JSON.parse(await nextMessage(socket));
    const [event] = await eventsOf('MESSAGE');
    const requestId = event?.requestContext.requestId;
    expect(told).toEqual({ message: 'Internal server error', connectionId, requestId });
    expect(logged).toEqual([
      expect.objectContaining({ requestId, routeKey: '$default', functionArn: 'arn:$default' }),
    ]);
  });

  it("answers Endpoint request timed out after the route's own timeout", async () => {
    const routes = [{ routeKey: '$default', functionArn: 'arn:slow', timeoutMillis: 20 }];
    const { connect } = await start({ apis: [api([], { routes })], answer: () => new Promise(() => {}) });
    const { socket } = await connect();
    socket.send('hello');
    expect(JSON.parse(await nextMessage(socket))).toMatchObject({ message: 'Endpoint request timed out' });
  });

  it('gets nothing of what the function returns, whatever its status', async () => {
    const { connect, eventsOf, gateway } = await start({
      answer: failMessages({ payload: { statusCode: 500, body: 'returned' } }),
    });
    const { socket } = await connect();
    const received: string[] = [];
    socket.on('message', (data) => received.push(data.toString()));
    socket.send('hello');
    await eventsOf('MESSAGE');
    await until(() => gateway.load().running === 0);
    // A pong comes after whatever was sent before it.
    socket.ping();
    await new Promise((resolve) => socket.once('pong', resolve));
    expect(received).toEqual([]);
  });

  it('does not wait for the one before it', async () => {
    const finished: string[] = [];
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { connect } = await start({
      async answer({ body }) {
        if (body === 'first') await gate;
        if (body) finished.push(body);
        return OK;
      },
    });
    const { socket } = await connect();
    socket.send('first');
    socket.send('second');
    await until(() => finished.length === 1);
    release();
    await until(() => finished.length === 2);
    expect(finished).toEqual(['second', 'first']);
  });
});

describe('the end of a connection', () => {
  it.each([
    ['a code and a reason', (socket: import('ws').WebSocket) => socket.close(4001, 'bye'), 4001, 'bye'],
    [
      'no code',
      (socket: import('ws').WebSocket) => socket.close(),
      1005,
      'Client-side close frame status not set',
    ],
    [
      'no close frame',
      (socket: import('ws').WebSocket) => socket.terminate(),
      1006,
      'Connection closed abnormally',
    ],
  ])('by the client with %s is told to $disconnect, once', async (_name, end, code, reason) => {
    const { connect, eventsOf, gateway, events, port } = await start();
    const { socket, connectionId } = await connect();
    end(socket);
    const [event] = await eventsOf('DISCONNECT');
    expect(event).toMatchObject({
      headers: { Host: `127.0.0.1:${port}`, 'x-api-key': '', 'X-Forwarded-For': '', 'x-restapi': '' },
      multiValueHeaders: { Host: [`127.0.0.1:${port}`] },
      requestContext: {
        routeKey: '$disconnect',
        connectionId,
        disconnectStatusCode: code,
        disconnectReason: reason,
      },
      isBase64Encoded: false,
    });
    await until(() => gateway.load().running === 0);
    expect(gateway.load()).toEqual({ connections: 0, running: 0 });
    expect(events.map(({ requestContext }) => requestContext.eventType)).toEqual(['CONNECT', 'DISCONNECT']);
  });

  it('by drop() is told to nobody', async () => {
    const { connect, events, gateway } = await start();
    const { socket, connectionId } = await connect();
    const end = closed(socket);
    expect(gateway.drop(connectionId)).toBe(true);
    expect(gateway.connections()).toEqual([]);
    expect(gateway.drop(connectionId)).toBe(false);
    expect((await end).code).toBe(1006);
    await until(() => gateway.load().connections === 0);
    expect(gateway.load().running).toBe(0);
    expect(events.map(({ requestContext }) => requestContext.eventType)).toEqual(['CONNECT']);
  });

  it('by close() is 1001, and close() waits for every $disconnect', async () => {
    let finished = 0;
    const { connect, dial, gateway } = await start({
      async answer({ requestContext }) {
        if (requestContext.eventType !== 'DISCONNECT') return OK;
        await new Promise((resolve) => setTimeout(resolve, 20));
        finished += 1;
        return OK;
      },
    });
    const ends = [];
    for (let i = 0; i < 3; i += 1) ends.push(closed((await connect()).socket));
    await gateway.close();
    expect(finished).toBe(3);
    expect(await Promise.all(ends)).toEqual(Array(3).fill({ code: 1001, reason: 'Going away' }));
    expect((await refused(dial())).status).toBe(503);
  });

  it('by close() lets running work end, and takes no more frames', async () => {
    let finish: (answer: typeof OK) => void = () => undefined;
    const { connect, gateway, events, eventsOf } = await start({
      answer: ({ body }) => (body === 'slow' ? new Promise((resolve) => (finish = resolve)) : OK),
    });
    const { socket } = await connect();
    const end = closed(socket);
    socket.send('slow');
    await eventsOf('MESSAGE');
    const closing = gateway.close();
    socket.send('late');
    // Its answer proves that the frame before it has been read.
    socket.ping();
    await new Promise((resolve) => socket.once('pong', resolve));
    expect(socket.readyState).toBe(socket.OPEN);
    finish(OK);
    await closing;
    await end;
    expect(events.map(({ body }) => body)).not.toContain('late');
  });

  it('by close() gives up what does not end, without a log line', async () => {
    let fail: (error: Error) => void = () => undefined;
    const { connect, gateway, eventsOf, logged } = await start({
      patience: { workMillis: 10, totalMillis: 200 },
      answer: ({ body }) => (body === 'stuck' ? new Promise((_, reject) => (fail = reject)) : OK),
    });
    const { socket } = await connect();
    socket.send('stuck');
    await eventsOf('MESSAGE');
    await gateway.close();
    expect(await eventsOf('DISCONNECT')).toHaveLength(1);
    fail(new Error('killed'));
    await new Promise(setImmediate);
    expect(gateway.load()).toEqual({ connections: 0, running: 0 });
    expect(logged).toEqual([]);
  });

  it('leaves nothing behind after many connections', async () => {
    const { connect, gateway, eventsOf } = await start();
    for (let round = 0; round < 10; round += 1) {
      const clients = [];
      for (let i = 0; i < 20; i += 1) clients.push(await connect());
      for (const { socket } of clients) socket.send('hello');
      for (const { socket } of clients) socket.close();
    }
    await eventsOf('DISCONNECT', 200);
    await until(() => gateway.load().running === 0);
    expect(gateway.load()).toEqual({ connections: 0, running: 0 });
  });
});
