import type WebSocket from 'ws';
import { closed, gatewayStarter, OK, refused, until } from './support/gateway';

const start = gatewayStarter();

describe('the end of a connection', () => {
  it.each([
    ['a code and a reason', (socket: WebSocket) => socket.close(4001, 'bye'), 4001, 'bye'],
    ['no code', (socket: WebSocket) => socket.close(), 1005, 'Client-side close frame status not set'],
    ['no close frame', (socket: WebSocket) => socket.terminate(), 1006, 'Connection closed abnormally'],
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
