import type WebSocket from 'ws';
import { createStarter, OK, waitForClose, waitForRejection, waitUntil } from './support/websocket-api';

const start = createStarter();

const Host = 'a1b2c3d4e5.execute-api.us-east-1.amazonaws.com';

// docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-keys-connect-disconnect.html
// The close codes: docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-overview.html
describe('closing a connection', () => {
  it.each([
    ['a code and a reason', (socket: WebSocket) => socket.close(4001, 'bye'), 4001, 'bye'],
    ['no code', (socket: WebSocket) => socket.close(), 1005, 'Client-side close frame status not set'],
    ['no close frame', (socket: WebSocket) => socket.terminate(), 1006, 'Connection closed abnormally'],
  ])('runs $disconnect once if the client closes with %s', async (_name, end, code, reason) => {
    const { connect, eventsOf, webSocketApis, events } = await start();
    const { socket, connectionId } = await connect();
    end(socket);
    const [event] = await eventsOf('DISCONNECT');
    expect(event).toMatchObject({
      headers: { Host, 'x-api-key': '', 'X-Forwarded-For': '', 'x-restapi': '' },
      multiValueHeaders: { Host: [Host] },
      requestContext: {
        routeKey: '$disconnect',
        connectionId,
        disconnectStatusCode: code,
        disconnectReason: reason,
      },
      isBase64Encoded: false,
    });
    await waitUntil(() => webSocketApis.load().running === 0);
    expect(webSocketApis.load()).toEqual({ connections: 0, running: 0 });
    expect(events.map(({ requestContext }) => requestContext.eventType)).toEqual(['CONNECT', 'DISCONNECT']);
  });

  it('does not run $disconnect after drop()', async () => {
    const { connect, events, webSocketApis } = await start();
    const { socket, connectionId } = await connect();
    const end = waitForClose(socket);
    expect(webSocketApis.drop(connectionId)).toBe(true);
    expect(webSocketApis.connections()).toEqual([]);
    expect(webSocketApis.drop(connectionId)).toBe(false);
    expect((await end).code).toBe(1006);
    await waitUntil(() => webSocketApis.load().connections === 0);
    expect(webSocketApis.load().running).toBe(0);
    expect(events.map(({ requestContext }) => requestContext.eventType)).toEqual(['CONNECT']);
  });

  it('closes connections with code 1001 in close(), and waits for every $disconnect', async () => {
    let finished = 0;
    const { connect, dial, webSocketApis } = await start({
      async respond({ requestContext }) {
        if (requestContext.eventType !== 'DISCONNECT') return OK;
        await new Promise((resolve) => setTimeout(resolve, 20));
        finished += 1;
        return OK;
      },
    });
    const ends = [];
    for (let i = 0; i < 3; i += 1) ends.push(waitForClose((await connect()).socket));
    await webSocketApis.close();
    expect(finished).toBe(3);
    expect(await Promise.all(ends)).toEqual(Array(3).fill({ code: 1001, reason: 'Going away' }));
    expect((await waitForRejection(dial())).status).toBe(503);
  });

  it('waits for running integrations in close(), and ignores new messages', async () => {
    let finish: (respond: typeof OK) => void = () => undefined;
    const { connect, webSocketApis, events, eventsOf } = await start({
      respond: ({ body }) => (body === 'slow' ? new Promise((resolve) => (finish = resolve)) : OK),
    });
    const { socket } = await connect();
    const end = waitForClose(socket);
    socket.send('slow');
    await eventsOf('MESSAGE');
    const closing = webSocketApis.close();
    socket.send('late');
    // The pong shows that the server has read the previous frame.
    socket.ping();
    await new Promise((resolve) => socket.once('pong', resolve));
    expect(socket.readyState).toBe(socket.OPEN);
    finish(OK);
    await closing;
    await end;
    expect(events.map(({ body }) => body)).not.toContain('late');
  });

  it('stops waiting in close() after the timeout, and logs nothing', async () => {
    let fail: (error: Error) => void = () => undefined;
    const { connect, webSocketApis, eventsOf, logged } = await start({
      closeTimeouts: { workMillis: 10, totalMillis: 200 },
      respond: ({ body }) => (body === 'stuck' ? new Promise((_, reject) => (fail = reject)) : OK),
    });
    const { socket } = await connect();
    socket.send('stuck');
    await eventsOf('MESSAGE');
    await webSocketApis.close();
    expect(await eventsOf('DISCONNECT')).toHaveLength(1);
    fail(new Error('killed'));
    await new Promise(setImmediate);
    expect(webSocketApis.load()).toEqual({ connections: 0, running: 0 });
    expect(logged).toEqual([]);
  });

  it('releases the resources of many connections', async () => {
    const { connect, webSocketApis, eventsOf } = await start();
    for (let round = 0; round < 10; round += 1) {
      const clients = [];
      for (let i = 0; i < 20; i += 1) clients.push(await connect());
      for (const { socket } of clients) socket.send('hello');
      for (const { socket } of clients) socket.close();
    }
    await eventsOf('DISCONNECT', 200);
    await waitUntil(() => webSocketApis.load().running === 0);
    expect(webSocketApis.load()).toEqual({ connections: 0, running: 0 });
  });
});
