import { connect as connectTcp } from 'node:net';
import { PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi';
import type WebSocket from 'ws';
import { createAccountRates, defaultQuotas } from '../src/api-gateway/account-rates';
import {
  apiModel,
  createStarter,
  routeTo,
  waitForClose,
  waitForMessage,
  waitForRejection,
  waitUntil,
} from './support/websocket-api';

const start = createStarter();

const KB = 1024;

/** Sends a message in frames of the given sizes. */
function sendFrames(socket: WebSocket, sizes: number[]): void {
  sizes.forEach((size, i) => {
    socket.send('x'.repeat(size), { binary: false, fin: i === sizes.length - 1 });
  });
}

// docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
describe('size limits', () => {
  it.each([
    ['a frame of 32 KB', [32 * KB]],
    ['a message of 128 KB in frames of 32 KB', [32 * KB, 32 * KB, 32 * KB, 32 * KB]],
  ])('accepts %s', async (_name, sizes) => {
    const { connect, eventsOf } = await start();
    const { socket } = await connect();
    sendFrames(socket, sizes);
    sendFrames(socket, sizes);
    const events = await eventsOf('MESSAGE', 2);
    const total = sizes.reduce((sum, size) => sum + size);
    expect(events.map(({ body }) => body?.length)).toEqual([total, total]);
  });

  it.each([
    ['a frame of 32 KB plus one byte', [32 * KB + 1]],
    ['a second frame of 32 KB plus one byte', [10, 32 * KB + 1]],
    ['a frame above the message limit', [200 * KB]],
    ['a message of 128 KB plus one byte', [32 * KB, 32 * KB, 32 * KB, 32 * KB, 1]],
  ])('closes the connection with code 1009 after %s', async (_name, sizes) => {
    const { connect, eventsOf, events } = await start();
    const { socket } = await connect();
    const end = waitForClose(socket);
    sendFrames(socket, sizes);
    expect((await end).code).toBe(1009);
    const [event] = await eventsOf('DISCONNECT');
    expect(event?.requestContext.disconnectStatusCode).toBe(1009);
    expect(events.map(({ requestContext }) => requestContext.eventType)).toEqual(['CONNECT', 'DISCONNECT']);
  });
});

describe('handshake limits', () => {
  // The quota of the URL: docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
  it('rejects a URL of more than 4,096 characters', async () => {
    const { connect, dial } = await start();
    await connect(`/?q=${'x'.repeat(4_092)}`);
    expect((await waitForRejection(dial(`/?q=${'x'.repeat(4_093)}`))).status).toBe(414);
  });

  // The quota of HTTP APIs. AWS documents none for WebSocket APIs: docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
  it('rejects more than 10,240 bytes of headers', async () => {
    const { connect, dial } = await start();
    await connect('/', [], { headers: { 'X-Large': 'x'.repeat(9_000) } });
    const rejection = waitForRejection(dial('/', [], { headers: { 'X-Large': 'x'.repeat(10_240) } }));
    expect((await rejection).status).toBe(431);
  });
});

describe('rates of the account', () => {
  const createRates = (connections: number, requests: number, onThrottle = () => {}) =>
    createAccountRates(
      onThrottle,
      {
        connections: { ratePerSecond: 1, burst: connections },
        requests: { ratePerSecond: 1, burst: requests },
      },
      () => 0,
    );

  // docs.aws.amazon.com/apigateway/latest/developerguide/limits.html and, for connections, the quotas below
  it.each([
    ['us-east-1', 5_000, 1_000],
    ['eu-central-1', 5_000, 1_000],
    ['eu-central-2', 1_250, 250],
    ['ap-southeast-5', 1_250, 250],
  ])(
    'allows 500 connections per second and, in the Region %s, bursts of %i requests by default',
    (region, burst, tenth) => {
      const count = (take: 'takeConnection' | 'takeRequest') => {
        const time = { now: 0 };
        const rates = createAccountRates(
          () => undefined,
          defaultQuotas(region),
          () => time.now,
        );
        const takeAll = () => {
          let taken = 0;
          while (rates[take]()) taken += 1;
          return taken;
        };
        const first = takeAll();
        time.now += 100;
        return [first, takeAll()];
      };
      expect(count('takeConnection')).toEqual([500, 50]);
      expect(count('takeRequest')).toEqual([burst, tenth]);
    },
  );

  // docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
  it('rejects new connections with status 429, and counts the rejections', async () => {
    let throttles = 0;
    const { connect, dial, events } = await start({
      rates: createRates(2, 10, () => {
        throttles += 1;
      }),
    });
    await connect();
    await connect();
    expect((await waitForRejection(dial())).status).toBe(429);
    expect(events).toHaveLength(2);
    expect(throttles).toBe(1);
  });

  // docs.aws.amazon.com/apigateway/latest/developerguide/limits.html: one quota for all APIs and @connections
  it('rejects messages and posts', async () => {
    const { connect, events, management } = await start({ rates: createRates(1, 2) });
    const { socket, connectionId } = await connect();
    await management.send(new PostToConnectionCommand({ ConnectionId: connectionId, Data: 'hello' }));
    const post = management.send(new PostToConnectionCommand({ ConnectionId: connectionId, Data: 'hello' }));
    await expect(post).rejects.toMatchObject({ name: 'LimitExceededException' });
    const response = waitForMessage(socket);
    socket.send('hello');
    expect(JSON.parse(await response)).toMatchObject({ message: 'Too Many Requests', connectionId });
    expect(events.map(({ requestContext }) => requestContext.eventType)).toEqual(['CONNECT']);
  });
});

// docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-protect.html
describe('route settings', () => {
  const limit = (routeKey: string, burst: number) => ({
    ...routeTo(routeKey),
    throttle: { ratePerSecond: 0, burst },
  });
  const eventTypes = (events: { requestContext: { eventType?: string; routeKey?: string } }[]) =>
    events.map(({ requestContext: { eventType, routeKey } }) =>
      eventType === 'MESSAGE' ? routeKey : eventType,
    );

  it('returns an error for messages over the limit of their route, which applies to all connections together', async () => {
    const routes = [routeTo('$connect'), limit('sendmessage', 2), limit('$default', 1)];
    const { connect, events, eventsOf } = await start({ apis: [apiModel([], { routes })] });
    const [first, second] = [await connect(), await connect()];
    first.socket.send('{"action":"sendmessage"}');
    second.socket.send('{"action":"sendmessage"}');
    await eventsOf('MESSAGE', 2);
    const response = waitForMessage(first.socket);
    first.socket.send('{"action":"sendmessage"}');
    expect(JSON.parse(await response)).toEqual({
      message: 'Too Many Requests',
      connectionId: first.connectionId,
      requestId: expect.any(String),
    });
    second.socket.send('{"action":"other"}');
    await eventsOf('MESSAGE', 3);
    expect(eventTypes(events)).toEqual(['CONNECT', 'CONNECT', 'sendmessage', 'sendmessage', '$default']);
  });

  it('rejects handshakes over the limit of $connect with status 429, and does not throttle $disconnect', async () => {
    const routes = [limit('$connect', 1), limit('$disconnect', 0)];
    const { connect, dial, eventsOf } = await start({ apis: [apiModel([], { routes })] });
    const { socket } = await connect();
    expect((await waitForRejection(dial())).status).toBe(429);
    socket.close();
    await eventsOf('DISCONNECT');
  });

  it('applies before the quota of the account, and rejected messages do not count toward the quota', async () => {
    const routes = [limit('a', 0), routeTo('b')];
    const rates = createAccountRates(() => undefined, {
      connections: { ratePerSecond: 0, burst: 1 },
      requests: { ratePerSecond: 0, burst: 2 },
    });
    const { connect, eventsOf } = await start({ rates, apis: [apiModel([], { routes })] });
    const { socket } = await connect();
    const response = waitForMessage(socket);
    socket.send('{"action":"a"}');
    expect(JSON.parse(await response)).toMatchObject({ message: 'Too Many Requests' });
    socket.send('{"action":"b"}');
    await eventsOf('MESSAGE', 1);
  });
});

// docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-develop-binary-media-types.html
describe('frame content', () => {
  it('closes the connection with code 1003 if it is binary', async () => {
    const { connect, eventsOf, events } = await start();
    const { socket } = await connect();
    const end = waitForClose(socket);
    socket.send(Buffer.from([1, 2, 3]));
    expect((await end).code).toBe(1003);
    const [event] = await eventsOf('DISCONNECT');
    expect(event?.requestContext.disconnectStatusCode).toBe(1003);
    expect(events).toHaveLength(2);
  });

  it('closes the connection with code 1007 if it is not UTF-8', async () => {
    const { connect, eventsOf, events } = await start();
    const { socket } = await connect();
    const end = waitForClose(socket);
    socket.send(Buffer.from([0xc3, 0x28]), { binary: false });
    expect((await end).code).toBe(1007);
    const [event] = await eventsOf('DISCONNECT');
    expect(event?.requestContext.disconnectStatusCode).toBe(1007);
    expect(events).toHaveLength(2);
  });
});

// The quotas: docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
// The close code: docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-overview.html
describe('time limits', () => {
  const MINUTE = 60_000;

  /** Opens a connection with a clock that the test controls. */
  async function open() {
    const time = { now: Date.now() };
    const { connect, webSocketApis } = await start({ clock: () => time.now });
    const { socket } = await connect();
    return {
      time,
      socket,
      /** Expects that the connection closes after exactly this time. */
      async expectCloseAfter(millis: number) {
        time.now += millis - 1;
        webSocketApis.checkTimeouts();
        expect(webSocketApis.connections()).toHaveLength(1);
        const end = waitForClose(socket);
        time.now += 1;
        webSocketApis.checkTimeouts();
        expect(await end).toEqual({ code: 1001, reason: 'Going away' });
      },
    };
  }

  it('closes a connection that is idle for 10 minutes', async () => {
    const { expectCloseAfter } = await open();
    await expectCloseAfter(10 * MINUTE);
  });

  it('closes an active connection after 2 hours', async () => {
    const { time, socket, expectCloseAfter } = await open();
    for (let minutes = 9; minutes < 120; minutes += 9) {
      time.now += 9 * MINUTE;
      const pong = new Promise((resolve) => socket.once('pong', resolve));
      socket.ping();
      await pong;
    }
    await expectCloseAfter(3 * MINUTE);
  });

  it('closes an idle connection with code 1001', async () => {
    const { connect, eventsOf } = await start({ limits: { idleMillis: 30 } });
    const { socket } = await connect();
    expect(await waitForClose(socket)).toEqual({ code: 1001, reason: 'Going away' });
    const [event] = await eventsOf('DISCONNECT');
    expect(event?.requestContext).toMatchObject({
      disconnectStatusCode: 1001,
      disconnectReason: 'Going away',
    });
  });

  it('closes a busy connection with code 1001 after its maximum duration', async () => {
    const { connect, eventsOf } = await start({ limits: { idleMillis: 60_000, lifetimeMillis: 60 } });
    const { socket } = await connect();
    const busy = setInterval(() => socket.send('hello'), 5);
    expect(await waitForClose(socket)).toEqual({ code: 1001, reason: 'Going away' });
    clearInterval(busy);
    expect(await eventsOf('DISCONNECT')).toHaveLength(1);
  });

  it('keeps a connection open while it sends messages or pings', async () => {
    const { connect, webSocketApis } = await start({ limits: { idleMillis: 700 } });
    const { socket: sending } = await connect();
    const { socket: pinging } = await connect();
    const { socket: silent } = await connect();
    const busy = setInterval(() => {
      sending.send('hello');
      pinging.ping();
    }, 20);
    await waitForClose(silent);
    // After two idle timeouts, only the silent connection must be closed.
    await new Promise((resolve) => setTimeout(resolve, 700));
    clearInterval(busy);
    expect(webSocketApis.connections()).toHaveLength(2);
  });
});

describe('protocol handling', () => {
  it('responds to a ping with the data of the ping', async () => {
    const { connect } = await start();
    const { socket } = await connect();
    const pong = new Promise<string>((resolve) => socket.once('pong', (data) => resolve(data.toString())));
    socket.ping('abc');
    expect(await pong).toBe('abc');
  });

  it('closes only the connection that sent an invalid frame', async () => {
    const { connect, eventsOf, webSocketApis, port } = await start();
    const { socket } = await connect();
    const tcp = connectTcp(port, '127.0.0.1');
    tcp.on('error', () => undefined);
    tcp.write(
      'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
    );
    await waitUntil(() => webSocketApis.connections().length === 2);
    // Frames from a client must be masked.
    tcp.write(Buffer.from([0x81, 0x02, 0x68, 0x69]));
    const [event] = await eventsOf('DISCONNECT');
    tcp.destroy();
    expect(event?.requestContext.disconnectStatusCode).toBe(1002);
    expect(webSocketApis.connections()).toHaveLength(1);
    socket.send('still here');
    expect(await eventsOf('MESSAGE')).toHaveLength(1);
  });

  it.each([
    ['no key', 'Sec-WebSocket-Version: 13\r\n'],
    ['no version', 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n'],
  ])('rejects a handshake that has %s, and does not invoke $connect', async (_name, headers) => {
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

  it('continues to run after connection resets', async () => {
    const { webSocketApis, eventsOf, port } = await start({ apis: [apiModel(['$disconnect'])] });
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
    expect(webSocketApis.connections()).toEqual([]);
  });
});
