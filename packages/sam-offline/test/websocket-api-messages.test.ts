import { AwsError, type InvokeResult } from '../src/core/service';
import {
  apiModel,
  createStarter,
  type Event,
  ID,
  mapped,
  OK,
  routeTo,
  waitForMessage,
  waitUntil,
} from './support/websocket-api';

const start = createStarter();

// docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-develop-routes.html
describe('route selection', () => {
  async function selectRoute(body: string, selection = '$request.body.action'): Promise<string> {
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
    const { connect, eventsOf } = await start({
      apis: [apiModel(keys, { routeSelectionExpression: selection })],
    });
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
  ])('routes %s to %s', async (body, expected) => {
    expect(await selectRoute(body)).toBe(expected);
  });

  it('supports nested paths and curly braces', async () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: API Gateway's syntax
    expect(await selectRoute('{"a":{"b":"sendmessage"}}', '${request.body.a.b}')).toBe('sendmessage');
  });

  it('supports several properties', async () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: API Gateway's syntax
    const selection = '${request.body.verb}${request.body.noun}';
    expect(await selectRoute('{"verb":"send","noun":"message"}', selection)).toBe('sendmessage');
    expect(await selectRoute('{"verb":"sendmessage"}', selection)).toBe('$default');
  });

  it.each(['$request.header.x', '$request.body', '\\$default', '\\$connect'])(
    'routes every message to $default with the expression %s',
    async (selection) => {
      expect(await selectRoute('{"action":"sendmessage"}', selection)).toBe('$default');
    },
  );

  // github.com/aws-samples/simple-websockets-chat-app/issues/24
  it('returns Forbidden if no route matches and the API has no $default', async () => {
    const { connect } = await start({ apis: [apiModel(['sendmessage'])] });
    const { socket, connectionId } = await connect();
    socket.send('{"action":"other"}');
    expect(JSON.parse(await waitForMessage(socket))).toEqual({
      message: 'Forbidden',
      connectionId,
      requestId: expect.stringMatching(ID),
    });
  });
});

// The request context: docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-mapping-template-reference.html
describe('a message', () => {
  const respondToMessages = (result: InvokeResult) => (event: Event) =>
    event.requestContext.eventType === 'MESSAGE' ? result : OK;

  it('has a message ID, and every event has a separate request ID', async () => {
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

  // github.com/nearst/laconia/issues/41
  it.each([
    ['a failed function', { payload: { errorMessage: 'x' }, functionError: 'Unhandled' } as const],
    ['a result without statusCode', { payload: undefined }],
  ])('returns Internal server error for %s, and logs the reason', async (_name, result) => {
    const { connect, eventsOf, logged } = await start({ respond: respondToMessages(result) });
    const { socket, connectionId } = await connect();
    socket.send('hello');
    const response = JSON.parse(await waitForMessage(socket));
    const [event] = await eventsOf('MESSAGE');
    const requestId = event?.requestContext.requestId;
    expect(response).toEqual({ message: 'Internal server error', connectionId, requestId });
    expect(logged).toEqual([
      expect.objectContaining({ requestId, routeKey: '$default', functionArn: 'arn:$default' }),
    ]);
  });

  it('returns Internal server error if Lambda throttles the function', async () => {
    const throttle = () => Promise.reject(new AwsError('TooManyRequestsException', 'Rate Exceeded.', 429));
    const { connect } = await start({
      respond: ({ requestContext }) => (requestContext.eventType === 'MESSAGE' ? throttle() : OK),
    });
    const { socket, connectionId } = await connect();
    socket.send('hello');
    const requestId = expect.stringMatching(ID);
    expect(JSON.parse(await waitForMessage(socket))).toEqual({
      message: 'Internal server error',
      connectionId,
      requestId,
    });
  });

  // docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
  it('returns Endpoint request timed out after the timeout of the route', async () => {
    const integration = { type: 'AWS_PROXY', functionArn: 'arn:slow', timeoutMillis: 20 } as const;
    const routes = [{ routeKey: '$default', integration, hasResponse: false }];
    const { connect } = await start({
      apis: [apiModel([], { routes })],
      respond: () => new Promise(() => {}),
    });
    const { socket } = await connect();
    socket.send('hello');
    expect(JSON.parse(await waitForMessage(socket))).toMatchObject({ message: 'Endpoint request timed out' });
  });

  // docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-response.html
  it('sends the body of the result to the client if the route has a route response', async () => {
    const { connect } = await start({
      apis: [apiModel([], { routes: [{ ...routeTo('$default'), hasResponse: true }] })],
      respond: respondToMessages({
        payload: { statusCode: 200, body: Buffer.from('pong').toString('base64'), isBase64Encoded: true },
      }),
    });
    const { socket } = await connect();
    socket.send('ping');
    expect(await waitForMessage(socket)).toBe('pong');
  });

  it.each([
    [
      { ...routeTo('$default').integration, denial: 'No permission to invoke Fn.' },
      'No permission to invoke Fn.',
    ],
    [mapped({ type: 'AWS', denial: 'No permission.' }), 'No permission.'],
  ])(
    'returns Internal server error if API Gateway cannot run the integration %j',
    async (integration, reason) => {
      const { connect, events, logged } = await start({
        apis: [apiModel([], { routes: [{ ...routeTo('$default'), integration }] })],
      });
      const { socket } = await connect();
      socket.send('hello');
      expect(JSON.parse(await waitForMessage(socket))).toMatchObject({ message: 'Internal server error' });
      expect(events).toEqual([]);
      expect(logged).toMatchObject([{ reason }]);
    },
  );

  it('adds the stage variables to every event', async () => {
    const stageVariables = { color: 'red' };
    const { connect, events, eventsOf } = await start({
      apis: [apiModel(['$connect', '$disconnect', '$default'], { stageVariables })],
    });
    const { socket } = await connect();
    socket.send('hello');
    await eventsOf('MESSAGE');
    socket.close();
    await eventsOf('DISCONNECT');
    expect(events.map((event) => event.stageVariables)).toEqual([
      stageVariables,
      stageVariables,
      stageVariables,
    ]);
  });

  // "X-Ray only supports tracing for REST APIs": docs.aws.amazon.com/xray/latest/devguide/xray-services-apigateway.html
  it('does not forward the trace of the client', async () => {
    const { connect, eventsOf, contexts } = await start();
    const headers = { 'X-Amzn-Trace-Id': 'Root=1-5-a;Parent=cccccccccccccccc;Sampled=1' };
    const { socket } = await connect('/', [], { headers });
    socket.send('hello');
    await eventsOf('MESSAGE');
    socket.close();
    await eventsOf('DISCONNECT');
    expect(contexts).toEqual([[], [], []]);
  });

  // docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-response.html
  it('does not send the result of the function to the client', async () => {
    const { connect, eventsOf, webSocketApis } = await start({
      respond: respondToMessages({ payload: { statusCode: 500, body: 'returned' } }),
    });
    const { socket } = await connect();
    const received: string[] = [];
    socket.on('message', (data) => received.push(data.toString()));
    socket.send('hello');
    await eventsOf('MESSAGE');
    await waitUntil(() => webSocketApis.load().running === 0);
    // The pong arrives after all messages that the server sent before it.
    socket.ping();
    await new Promise((resolve) => socket.once('pong', resolve));
    expect(received).toEqual([]);
  });

  it('does not wait for the previous message', async () => {
    const finished: string[] = [];
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { connect } = await start({
      async respond({ body }) {
        if (body === 'first') await gate;
        if (body) finished.push(body);
        return OK;
      },
    });
    const { socket } = await connect();
    socket.send('first');
    socket.send('second');
    await waitUntil(() => finished.length === 1);
    release();
    await waitUntil(() => finished.length === 2);
    expect(finished).toEqual(['second', 'first']);
  });
});
