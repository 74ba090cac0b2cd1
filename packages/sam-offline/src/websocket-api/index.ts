import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { type AccountRates, UNLIMITED_RATES } from '../api-gateway/account-rates';
import type { IntegrationPorts } from '../api-gateway/backends/types';
import { formatArn } from '../aws/arn';
import { discardMetrics, type OpenMetric } from '../core/metrics';
import { type Invoke, UnsupportedError } from '../core/service';
import type { Faults } from '../faults/faults';
import { type AuthorizationPorts, authorizeConnect, isRejection } from './authorization';
import { ClientConnections, type CloseTimeouts } from './client-connections';
import type { Connection } from './connection';
import {
  type Authorize,
  type AuthorizeRole,
  type ConnectionsApiOptions,
  callConnections,
  handleConnectionsRequest,
} from './connections-api';
import { DISCARD_FRAMES, type FrameRecorder } from './frame-recorder';
import { createHandshaker, type HandshakeOptions } from './handshake';
import { HandshakeFrames } from './handshake-frames';
import { DEFAULT_LIMITS, type Limits } from './limits';
import { MessageHandler } from './message-handler';
import type { WebSocketApiModel } from './model';
import { RouteRunner } from './route-runner';
import { createStages } from './routes';
import { RunningWork } from './running-work';
import { createUpgradeHandler } from './upgrade';

export type { Limits } from './limits';

export interface WebSocketApisOptions {
  /**
   * The WebSocket APIs. Clients connect to `/STAGE` or `/_apis/API_ID/STAGE`. The first API also accepts connections at `/`.
   */
  readonly apis: readonly WebSocketApiModel[];
  readonly region: string;
  /** The account ID in the ARNs that authorizers receive. */
  readonly accountId?: string;
  readonly invoke: Invoke;
  /** Calls an action of an emulated service for an integration. Default: rejects all calls. */
  readonly callService?: IntegrationPorts['callService'];
  /** Injects faults into `@connections`. The service is `execute-api`, and the input is `{ ConnectionId }`. */
  readonly faults: Faults;
  readonly limits?: Partial<Limits>;
  /** The request rates of the account. Default: unlimited. */
  readonly rates?: AccountRates;
  /** Checks the permission to use a connection. Default: allows all callers. */
  readonly authorize?: Authorize;
  /** Checks the permission of an integration's role to use a connection. Default: allows all roles. */
  readonly authorizeRole?: AuthorizeRole;
  /**
   * Returns the caller of a handshake with IAM authorization, or undefined if the handshake is rejected. Default: rejects all
   * handshakes.
   */
  readonly findCaller?: AuthorizationPorts['findCaller'];
  /** Returns the time in epoch milliseconds. Default: Date.now. */
  readonly clock?: () => number;
  /** Returns the time for the verification of signatures, in epoch milliseconds. Default: the time of `clock`. */
  readonly wallClock?: () => number;
  readonly closeTimeouts?: CloseTimeouts;
  /** Called when an integration fails, with the reason. The client does not receive the reason. */
  readonly log?: (line: object) => void;
  /** Records the metrics of the stages. */
  readonly openMetric?: OpenMetric;
  /** Records handshakes and frames. */
  readonly frames?: FrameRecorder;
  /** Returns the trace ID of the invocation that signed a request, or undefined if the invocation is unknown. */
  readonly findTrace?: (authorization: string) => string | undefined;
}

/** A connection in the response of `/_local/connections`. */
export interface ConnectionInfo {
  readonly connectionId: string;
  readonly apiId: string;
  readonly stage: string;
  /** The time in ISO 8601 format. */
  readonly connectedAt: string;
  /** The time in ISO 8601 format. */
  readonly lastActiveAt: string;
  readonly sourceIp: string;
  readonly userAgent?: string;
}

export interface WebSocketApis {
  /** Handles an HTTP server's `upgrade` event. If `apiId` is set, searches only the stages of this API. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer, apiId?: string): void;
  /**
   * Handles `/STAGE/@connections/ID` and `/_apis/API_ID/STAGE/@connections/ID`. If `apiId` is set, searches only the stages of
   * this API. Never rejects.
   */
  handleConnections(request: IncomingMessage, response: ServerResponse, apiId?: string): Promise<void>;
  /** Sends an integration's request to `@connections`. */
  readonly callConnections: IntegrationPorts['callConnections'];
  /** Returns the open connections. */
  connections(): ConnectionInfo[];
  /** Returns the number of open sockets, and the number of running invocations and handshakes. */
  load(): { connections: number; running: number };
  /**
   * Destroys a connection's socket without `$disconnect`, like a network failure. PostToConnection then returns status 410.
   * Returns false if the connection does not exist.
   */
  drop(connectionId: string): boolean;
  /** Closes the connections that have been idle or open for too long. Call it after advancing the clock. */
  checkTimeouts(): void;
  /**
   * Stops accepting clients and messages, waits for running work, closes all connections with code 1001 and runs `$disconnect`
   * for each connection. After the timeout, destroys the remaining sockets and no longer logs failures.
   */
  close(): Promise<void>;
}

/**
 * Creates the WebSocket APIs of an application and their `@connections` APIs.
 *
 * Messages of a connection are handled concurrently. The client receives the result of a message's function if the route has a
 * route response. Only `$connect` authorizes clients. If a route's throttling limits are exceeded, the client receives an error
 * message or, during the handshake, the status 429. `$disconnect` is not throttled.
 *
 * @throws UnsupportedError for an unsupported route selection expression
 */
export function createWebSocketApis(options: WebSocketApisOptions): WebSocketApis {
  const { rates = UNLIMITED_RATES, frames = DISCARD_FRAMES } = options;
  const limits: Limits = { ...DEFAULT_LIMITS, ...options.limits };
  const stages = createStages(options.apis, options.openMetric ?? discardMetrics);
  const open = new Map<string, Connection>();
  const work = new RunningWork();
  const { faults, authorize, authorizeRole, findTrace, log } = options;
  const connectionsApi = {
    stages,
    connections: open,
    faults,
    limits,
    rates,
    authorize,
    authorizeRole,
    findTrace,
    log,
  };
  const ports = createIntegrationPorts(options, connectionsApi);
  const runner = new RouteRunner({
    ports,
    frames,
    integrationMillis: limits.integrationMillis,
    log,
  });
  const handshakes = new HandshakeFrames(frames);
  const messages = new MessageHandler({ frames, rates, runner });
  const clients = new ClientConnections({ limits, open, frames, handshakes, messages, runner, work });
  const isClosing = () => clients.isClosing;
  const handshake = createHandshaker({
    limits,
    region: options.region,
    clock: options.clock ?? Date.now,
    onStart: (facts, request) => handshakes.start(facts, request),
    onReject: (facts, code, reason) => handshakes.reject(facts, code, reason),
    runRoute: (stage, route, event, facts) => runner.run(stage, route, event, handshakes.find(facts)),
    track: work.track,
    authorize: createAuthorizer(options, handshakes, runner),
    isClosing,
    onOpen: (stage, facts, socket) => clients.add(stage, facts, socket),
    onLost: (stage, facts) => clients.lose(stage, facts),
  });
  return {
    handleUpgrade: createUpgradeHandler({ stages, rates, limits, frames, handshakes, isClosing, handshake }),
    handleConnections: (request, response, apiId) =>
      handleConnectionsRequest(connectionsApi, request, response, apiId),
    callConnections: ports.callConnections,
    connections: () => [...open.values()].filter(({ isOpen }) => isOpen).map(describeConnection),
    load: () => ({ connections: open.size, running: work.size }),
    checkTimeouts: () => clients.checkTimeouts(),
    drop: (connectionId) => clients.drop(connectionId),
    close: () => clients.close(options.closeTimeouts ?? { workMillis: 2_000, totalMillis: 5_000 }),
  };
}

function createIntegrationPorts(
  { invoke, callService = rejectServiceCall }: WebSocketApisOptions,
  connectionsApi: ConnectionsApiOptions,
): IntegrationPorts {
  return {
    invoke,
    callService,
    callConnections: (request, principal) => callConnections(connectionsApi, request, principal),
  };
}

/** Creates the function that authorizes clients. It records and logs the reasons for rejections. */
function createAuthorizer(
  { region, accountId = '', log, ...options }: WebSocketApisOptions,
  handshakes: HandshakeFrames,
  runner: RouteRunner,
): HandshakeOptions['authorize'] {
  const ports: Omit<AuthorizationPorts, 'invoke'> = {
    findCaller: options.findCaller ?? (() => undefined),
    formatRouteArn: ({ api }, routeKey) =>
      formatArn({ region, accountId }, 'execute-api', `${api.apiId}/${api.stage}/${routeKey}`),
    clock: options.wallClock ?? options.clock ?? Date.now,
  };
  return async (stage, facts, request, event) => {
    const invoke = runner.recordInvocation(handshakes.find(facts));
    const result = await authorizeConnect(stage, request, event, { ...ports, invoke });
    if (isRejection(result)) {
      stage.metrics.recordClientError();
      const { connectionId } = facts;
      const { requestId } = event.requestContext;
      log?.({ failed: 'authorization', reason: result.reason, connectionId, requestId });
    }
    return result;
  };
}

async function rejectServiceCall(service: string): Promise<never> {
  throw new UnsupportedError(`Integrations cannot call ${service}.`);
}

function describeConnection({ facts, lastActiveAt }: Connection): ConnectionInfo {
  return {
    connectionId: facts.connectionId,
    apiId: facts.api.apiId,
    stage: facts.api.stage,
    connectedAt: new Date(facts.connectedAt).toISOString(),
    lastActiveAt: new Date(lastActiveAt).toISOString(),
    sourceIp: facts.sourceIp,
    ...(facts.userAgent !== undefined && { userAgent: facts.userAgent }),
  };
}
