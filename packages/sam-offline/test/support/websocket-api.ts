import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ApiGatewayManagementApiClient } from '@aws-sdk/client-apigatewaymanagementapi';
import WebSocket, { type ClientOptions } from 'ws';
import type { AccountRates } from '../../src/api-gateway/account-rates';
import type { MappedIntegration } from '../../src/api-gateway/model';
import type { Invoke } from '../../src/core/service';
import { Faults } from '../../src/faults/faults';
import { createWebSocketApis, type Limits, type WebSocketApisOptions } from '../../src/websocket-api';
import type { CloseTimeouts } from '../../src/websocket-api/client-connections';
import type { Authorize } from '../../src/websocket-api/connections-api';
import type { WebSocketApiModel } from '../../src/websocket-api/model';

export const CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' };
/** The format of connection, message and request IDs. */
export const ID = /^[\w-]{15}=$/;
export const OK = { payload: { statusCode: 200 } };

/** An event that a function receives. */
export interface Event {
  headers?: Record<string, string>;
  multiValueHeaders?: Record<string, string[]>;
  queryStringParameters?: Record<string, string>;
  multiValueQueryStringParameters?: Record<string, string[]>;
  body?: string;
  isBase64Encoded: boolean;
  stageVariables?: Record<string, string>;
  requestContext: Record<string, unknown> & {
    routeKey: string;
    eventType: string;
    connectionId: string;
    requestId: string;
  };
}

export function apiModel(routeKeys: string[], overrides: Partial<WebSocketApiModel> = {}): WebSocketApiModel {
  return {
    logicalId: 'Api',
    apiId: 'a1b2c3d4e5',
    stage: 'production',
    stageVariables: {},
    isDeployed: true,
    routeSelectionExpression: '$request.body.action',
    routes: routeKeys.map(routeTo),
    ...overrides,
  };
}

/** Returns a route to the function `arn:ROUTE_KEY`. */
export function routeTo(routeKey: string) {
  const integration = { type: 'AWS_PROXY', functionArn: `arn:${routeKey}`, timeoutMillis: 29_000 } as const;
  return { routeKey, integration, hasResponse: false };
}

/** Returns an integration that maps nothing. */
export function mapped(overrides: Partial<MappedIntegration>): MappedIntegration {
  return {
    type: 'MOCK',
    uri: '',
    method: 'POST',
    timeoutMillis: 29_000,
    passthrough: 'WHEN_NO_MATCH',
    requestParameters: {},
    requestTemplates: {},
    responses: [],
    ...overrides,
  };
}

type Result = Awaited<ReturnType<Invoke>>;

interface Settings {
  apis?: WebSocketApiModel[];
  limits?: Partial<Limits>;
  rates?: AccountRates;
  authorize?: Authorize;
  authorizeRole?: WebSocketApisOptions['authorizeRole'];
  callService?: WebSocketApisOptions['callService'];
  findCaller?: WebSocketApisOptions['findCaller'];
  closeTimeouts?: CloseTimeouts;
  clock?: () => number;
  frames?: WebSocketApisOptions['frames'];
  findTrace?: WebSocketApisOptions['findTrace'];
  /** Returns the result of a function. The default is status 200. */
  respond?: (event: Event, functionArn: string) => Result | Promise<Result>;
}

/** Starts WebSocket APIs on a free port and records the events of their functions. */
async function startWebSocketApis(settings: Settings = {}) {
  const events: Event[] = [];
  const logged: object[] = [];
  const contexts: unknown[][] = [];
  const faults = new Faults();
  const webSocketApis = createWebSocketApis({
    region: 'us-east-1',
    apis: settings.apis ?? [apiModel(['$connect', '$disconnect', '$default', 'sendmessage'])],
    limits: settings.limits,
    rates: settings.rates,
    authorize: settings.authorize,
    authorizeRole: settings.authorizeRole,
    callService: settings.callService,
    findCaller: settings.findCaller,
    accountId: '123456789012',
    closeTimeouts: settings.closeTimeouts,
    clock: settings.clock,
    frames: settings.frames,
    findTrace: settings.findTrace,
    faults,
    log: (line) => logged.push(line),
    async invoke(functionArn, event, onStart, ...context: unknown[]) {
      contexts.push(context);
      onStart?.({ requestId: `request-${functionArn}`, traceId: `trace-${functionArn}` });
      events.push(event as Event);
      return (await settings.respond?.(event as Event, functionArn)) ?? OK;
    },
  });
  const server = createServer((request, response) => void webSocketApis.handleConnections(request, response));
  server.on('upgrade', webSocketApis.handleUpgrade);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const sockets: WebSocket[] = [];
  const management = new ApiGatewayManagementApiClient({
    endpoint: `http://127.0.0.1:${port}/production`,
    region: 'us-east-1',
    credentials: CREDENTIALS,
    maxAttempts: 1,
  });

  /** Creates a client and starts the handshake. */
  function dial(path = '/', protocols: string[] = [], options: ClientOptions = {}): WebSocket {
    const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, protocols, options);
    // A rejected handshake also emits an error. Tests check the response instead.
    socket.on('error', () => undefined);
    sockets.push(socket);
    return socket;
  }

  return {
    webSocketApis,
    events,
    logged,
    /** The additional arguments of each invocation, such as the trace header. */
    contexts,
    faults,
    management,
    port,
    dial,
    /** Waits for a number of events of a type, and returns them. */
    async eventsOf(eventType: string, count = 1): Promise<Event[]> {
      const found = () => events.filter(({ requestContext }) => requestContext.eventType === eventType);
      await waitUntil(() => found().length >= count);
      return found();
    },
    /** Connects a client and returns it with its connection ID. */
    async connect(path?: string, protocols?: string[], options?: ClientOptions) {
      const before = new Set(webSocketApis.connections().map(({ connectionId }) => connectionId));
      const socket = dial(path, protocols, options);
      await waitForOpen(socket);
      const info = webSocketApis.connections().find(({ connectionId }) => !before.has(connectionId));
      return { socket, connectionId: info?.connectionId ?? '' };
    },
    async stop(): Promise<void> {
      management.destroy();
      for (const socket of sockets) socket.terminate();
      await webSocketApis.close();
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      });
    },
  };
}

/** Returns a function that starts WebSocket APIs and stops them after each test. */
export function createStarter(): typeof startWebSocketApis {
  const stops: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const stop of stops.splice(0)) await stop();
  });

  return async (settings) => {
    const running = await startWebSocketApis(settings);
    stops.push(running.stop);
    return running;
  };
}

export function waitForOpen(socket: WebSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('close', () => reject(new Error('The handshake failed.')));
  });
}

export function waitForMessage(socket: WebSocket): Promise<string> {
  return new Promise((resolve) => socket.once('message', (data) => resolve(data.toString())));
}

export function waitForClose(socket: WebSocket): Promise<{ code: number; reason: string }> {
  return new Promise((resolve) =>
    socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() })),
  );
}

/** Waits until a handshake is rejected, and returns the status and body. */
export function waitForRejection(socket: WebSocket): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    socket.once('open', () => reject(new Error('The handshake was accepted.')));
    socket.once('unexpected-response', (_request, response) => {
      let body = '';
      response.on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
  });
}

export async function waitUntil(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}
