import { connect as connectTcp } from 'node:net';
import type WebSocket from 'ws';
import { api, closed, gatewayStarter, until } from './support/gateway';

const start = gatewayStarter();

const KB = 1024;

/** Sends one message in frames of these sizes. */
function sendFrames(socket: WebSocket, sizes: number[]): void {
  sizes.forEach((size, i) => {
    socket.send('x'.repeat(size), { binary: false, fin: i === sizes.length - 1 });
  });
}

describe('sizes', () => {
  it.each([
    ['a frame of 32 KB', [32 * KB]],
    ['a message of 128 KB in frames of 32 KB', [32 * KB, 32 * KB, 32 * KB, 32 * KB]],
  ])('%s passes', async (_name, sizes) => {
    const { connect, eventsOf } = await start();
    const { socket } = await connect();
    sendFrames(socket, sizes);
    sendFrames(socket, sizes);
    const events = await eventsOf('MESSAGE', 2);
    const total = sizes.reduce((sum, size) => sum + size);
    expect(events.map(({ body }) => body?.length)).toEqual([total, total]);
  });

  it.each([
    ['a frame of 32 KB and a byte', [32 * KB + 1]],
    ['a second frame of 32 KB and a byte', [10, 32 * KB + 1]],
    ['a frame that is larger than a message may be', [200 * KB]],
    ['a message of 128 KB and a byte', [32 * KB, 32 * KB, 32 * KB, 32 * KB, 1]],
  ])('%s closes the connection with 1009', async (_name, sizes) => {
    const { connect, eventsOf, events } = await start();
    const { socket } = await connect();
    const end = closed(socket);
    sendFrames(socket, sizes);
    expect((await end).code).toBe(1009);
    const [event] = await eventsOf('DISCONNECT');
    expect(event?.requestContext.disconnectStatusCode).toBe(1009);
    expect(events.map(({ requestContext }) => requestContext.eventType)).toEqual(['CONNECT', 'DISCONNECT']);
  });
});

describe('what a frame holds', () => {
  it('must not be binary: 1003', async () => {
    const { connect, eventsOf, events } = await start();
    const { socket } = await connect();
    const end = closed(socket);
    socket.send(Buffer.from([1, 2, 3]));
    expect((await end).code).toBe(1003);
    const [event] = await eventsOf('DISCONNECT');
    expect(event?.requestContext.disconnectStatusCode).toBe(1003);
    expect(events).toHaveLength(2);
  });

  it('must be UTF-8: 1007', async () => {
    const { connect, eventsOf, events } = await start();
    const { socket } = await connect();
    const end = closed(socket);
    socket.send(Buffer.from([0xc3, 0x28]), { binary: false });
    expect((await end).code).toBe(1007);
    const [event] = await eventsOf('DISCONNECT');
    expect(event?.requestContext.disconnectStatusCode).toBe(1007);
    expect(events).toHaveLength(2);
  });
});

describe('time', () => {
  it('closes an idle connection with 1001', async () => {
    const { connect, eventsOf } = await start({ limits: { idleMillis: 30 } });
    const { socket } = await connect();
    expect(await closed(socket)).toEqual({ code: 1001, reason: 'Going away' });
    const [event] = await eventsOf('DISCONNECT');
    expect(event?.requestContext).toMatchObject({
      disconnectStatusCode: 1001,
      disconnectReason: 'Going away',
    });
  });

  it('closes a connection at the end of its lifetime, however busy, with 1001', async () => {
    const { connect, eventsOf } = await start({ limits: { idleMillis: 60_000, lifetimeMillis: 60 } });
    const { socket } = await connect();
    const busy = setInterval(() => socket.send('hello'), 5);
    expect(await closed(socket)).toEqual({ code: 1001, reason: 'Going away' });
    clearInterval(busy);
    expect(await eventsOf('DISCONNECT')).toHaveLength(1);
  });

  it('does not close a connection on which messages or pings move', async () => {
    const { connect, gateway } = await start({ limits: { idleMillis: 700 } });
    const { socket: talking } = await connect();
    const { socket: pinging } = await connect();
    const { socket: silent } = await connect();
    const busy = setInterval(() => {
      talking.send('hello');
      pinging.ping();
    }, 20);
    await closed(silent);
    // Two idle times after the start; the silent one is gone and the others are not.
    await new Promise((resolve) => setTimeout(resolve, 700));
    clearInterval(busy);
    expect(gateway.connections()).toHaveLength(2);
  });
});

describe('clients that misbehave', () => {
  it('a ping is answered with its own data', async () => {
    const { connect } = await start();
    const { socket } = await connect();
    const pong = new Promise<string>((resolve) => socket.once('pong', (data) => resolve(data.toString())));
    socket.ping('abc');
    expect(await pong).toBe('abc');
  });

  it('a broken frame closes its own connection only', async () => {
    const { connect, eventsOf, gateway, port } = await start();
    const { socket } = await connect();
    const tcp = connectTcp(port, '127.0.0.1');
    tcp.on('error', () => undefined);
    tcp.write(
      'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
    );
    await until(() => gateway.connections().length === 2);
    // An unmasked frame, which a client must not send.
    tcp.write(Buffer.from([0x81, 0x02, 0x68, 0x69]));
    const [event] = await eventsOf('DISCONNECT');
    tcp.destroy();
    expect(event?.requestContext.disconnectStatusCode).toBe(1002);
    expect(gateway.connections()).toHaveLength(1);
    socket.send('still here');
    expect(await eventsOf('MESSAGE')).toHaveLength(1);
  });

  it.each([
    ['no key', 'Sec-WebSocket-Version: 13\r\n'],
    ['no version', 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n'],
  ])('a handshake with %s is refused with 400 and does not invoke $connect', async (_name, headers) => {
    const { events, port } = await start();
    const tcp = connectTcp(port, '127.0.0.1');
    tcp.write(
      `GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${headers}\r\n`,
    );
    const line = await new Promise<string>((resolve) => tcp.once('data', (data) => resolve(data.toString())));
    tcp.destroy();
    expect(line).toMatch(/^HTTP\/1\.1 400 /);
    expect(events).toEqual([]);
  });

  it('a reset in the middle of everything is survived', async () => {
    const { gateway, eventsOf, port } = await start({ apis: [api(['$disconnect'])] });
    for (let i = 0; i < 5; i += 1) {
      const tcp = connectTcp(port, '127.0.0.1');
      tcp.on('error', () => undefined);
      tcp.write(
        'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
          'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
      );
      await new Promise((resolve) => tcp.once('data', resolve));
      tcp.resetAndDestroy();
    }
    const events = await eventsOf('DISCONNECT', 5);
    expect(events.map(({ requestContext }) => requestContext.disconnectStatusCode)).toEqual(
      Array(5).fill(1006),
    );
    expect(gateway.connections()).toEqual([]);
  });
});
