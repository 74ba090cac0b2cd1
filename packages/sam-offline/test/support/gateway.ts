import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ApiGatewayManagementApiClient } from '@aws-sdk/client-apigatewaymanagementapi';
import WebSocket, { type ClientOptions } from 'ws';
import { Faults } from '../../src/core/faults';
import type { WebSocketApiModel } from '../../src/core/model';
import { createGateway, type Invoke, type Limits, type Patience } from '../../src/gateway';

export const CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' };
/** Of connections, messages and requests. */
export const ID = /^[\w-]{15}=$/;
export const OK = { payload: { statusCode: 200 } };

/** An event as the functions of these tests see it. */
export interface Event {
  headers?: Record<string, string>;
  multiValueHeaders?: Record<string, string[]>;
  queryStringParameters?: Record<string, string>;
  multiValueQueryStringParameters?: Record<string, string[]>;
  body?: string;
  isBase64Encoded: boolean;
  requestContext: Record<string, unknown> & {
    routeKey: string;
    eventType: string;
    connectionId: string;
    requestId: string;
  };
}

export function api(routeKeys: string[], overrides: Partial<WebSocketApiModel> = {}): WebSocketApiModel {
  return {
    logicalId: 'Api',
    apiId: 'a1b2c3d4e5',
    stage: 'production',
    routeSelectionExpression: '$request.body.action',
    routes: routeKeys.map((routeKey) => ({
      routeKey,
      functionArn: `arn:${routeKey}`,
      timeoutMillis: 29_000,
    })),
    ...overrides,
  };
}

type Answer = Awaited<ReturnType<Invoke>>;

interface Settings {
  apis?: WebSocketApiModel[];
  limits?: Partial<Limits>;
  patience?: Patience;
  /** What the functions answer; default 200. */
  answer?: (event: Event, functionArn: string) => Answer | Promise<Answer>;
}

/** A gateway on an ephemeral port of 127.0.0.1 that records what its functions are invoked with. */
async function startGateway(settings: Settings = {}) {
  const events: Event[] = [];
  const logged: object[] = [];
  const faults = new Faults();
  const gateway = createGateway({
    apis: settings.apis ?? [api(['$connect', '$disconnect', '$default', 'sendmessage'])],
    limits: settings.limits,
    patience: settings.patience,
    faults,
    log: (line) => logged.push(line),
    async invoke(functionArn, event) {
      events.push(event as Event);
      return (await settings.answer?.(event as Event, functionArn)) ?? OK;
    },
  });
  const server = createServer((request, response) => void gateway.handleConnections(request, response));
  server.on('upgrade', gateway.handleUpgrade);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const sockets: WebSocket[] = [];
  const management = new ApiGatewayManagementApiClient({
    endpoint: `http://127.0.0.1:${port}/production`,
    region: 'us-east-1',
    credentials: CREDENTIALS,
    maxAttempts: 1,
  });

  /** A client whose handshake is under way. */
  function dial(path = '/', protocols: string[] = [], options: ClientOptions = {}): WebSocket {
    const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, protocols, options);
    // A refused handshake is an error too; the tests look at what it was refused with.
    socket.on('error', () => undefined);
    sockets.push(socket);
    return socket;
  }

  return {
    gateway,
    events,
    logged,
    faults,
    management,
    port,
    dial,
    /** The events of one type, once there are that many of them. */
    async eventsOf(eventType: string, count = 1): Promise<Event[]> {
      const found = () => events.filter(({ requestContext }) => requestContext.eventType === eventType);
      await until(() => found().length >= count);
      return found();
    },
    /** A client that is connected, and its connection id. */
    async connect(path?: string, protocols?: string[], options?: ClientOptions) {
      const before = new Set(gateway.connections().map(({ connectionId }) => connectionId));
      const socket = dial(path, protocols, options);
      await opened(socket);
      const info = gateway.connections().find(({ connectionId }) => !before.has(connectionId));
      return { socket, connectionId: info?.connectionId ?? '' };
    },
    async stop(): Promise<void> {
      management.destroy();
      for (const socket of sockets) socket.terminate();
      await gateway.close();
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      });
    },
  };
}

/** For the tests of one file: starts gateways, and stops them after the test that started them. */
export function gatewayStarter(): typeof startGateway {
  const stops: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const stop of stops.splice(0)) await stop();
  });

  return async (settings) => {
    const running = await startGateway(settings);
    stops.push(running.stop);
    return running;
  };
}

export function opened(socket: WebSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('close', () => reject(new Error('The handshake failed.')));
  });
}

export function nextMessage(socket: WebSocket): Promise<string> {
  return new Promise((resolve) => socket.once('message', (data) => resolve(data.toString())));
}

export function closed(socket: WebSocket): Promise<{ code: number; reason: string }> {
  return new Promise((resolve) =>
    socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() })),
  );
}

/** The status and body a handshake is refused with. */
export function refused(socket: WebSocket): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    socket.once('open', () => reject(new Error('The handshake was not refused.')));
    socket.once('unexpected-response', (_request, response) => {
      let body = '';
      response.on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
  });
}

export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}
