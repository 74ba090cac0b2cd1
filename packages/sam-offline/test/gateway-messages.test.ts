import { Faults } from '../src/core/faults';
import { UnsupportedError } from '../src/core/service';
import { createGateway } from '../src/gateway';
import { api, type Event, gatewayStarter, ID, nextMessage, OK, until } from './support/gateway';

const start = gatewayStarter();

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
