import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { type AccountRates, UNLIMITED_RATES } from '../api-gateway/account-rates';
import type { IntegrationPorts } from '../api-gateway/backends/types';
import { formatArn } from '../aws/arn';
import { discardMetrics, type OpenMetric } from '../core/metrics';
import { type Invoke, UnsupportedError } from '../core/service';
import type { Faults } from '../faults/faults';
import { exceedsHeaderQuota } from '../http/header-quota';
import { type AuthorizationPorts, authorizeConnect, isRejection } from './authorization';
import { takeClientName } from './client-name';
import { ABNORMAL_CLOSURE, type Closure, Connection } from './connection';
import {
  type Authorize,
  type AuthorizeRole,
  callConnections,
  handleConnectionsRequest,
} from './connections-api';
import { type ConnectionFacts, createDisconnectEvent, createMessageEvent, type ProxyEvent } from './events';
import { createFrameLimiter } from './frame-limit';
import { DISCARD_FRAMES, type FrameRecorder, type RecordedFrame } from './frame-recorder';
import { createHandshaker, rejectUpgrade } from './handshake';
import { createId } from './ids';
import { runIntegration } from './integration';
import { DEFAULT_LIMITS, type Limits } from './limits';
import type { RouteModel, WebSocketApiModel } from './model';
import type { Outcome } from './outcome';
import { createStages, type Stage } from './routes';
import { isValidMessage } from './validation';

export type { Limits } from './limits';

export interface WebSocketApisOptions {
  /** Clients connect to `/STAGE` or `/_apis/API_ID/STAGE`. To the first API, they can also connect to `/`. */
  readonly apis: readonly WebSocketApiModel[];
  readonly region: string;
  /** In the ARNs that authorizers receive. */
  readonly accountId?: string;
  readonly invoke: Invoke;
  /** Calls an action of an emulated service for an integration. Default: no service exists. */
  readonly callService?: IntegrationPorts['callService'];
  /** Injects faults into `@connections`: service `execute-api`, input `{ ConnectionId }`. */
  readonly faults: Faults;
  readonly limits?: Partial<Limits>;
  /** The rates of the account. Default: not limited. */
  readonly rates?: AccountRates;
  /** Checks the permission to use a connection. Default: every caller has it. */
  readonly authorize?: Authorize;
  /** Checks the permission of an integration's role to use a connection. Default: every role has it. */
  readonly authorizeRole?: AuthorizeRole;
  /** Returns the caller of a handshake with IAM authorization; undefined if it is refused. Default: all are refused. */
  readonly findCaller?: AuthorizationPorts['findCaller'];
  /** Returns the time in epoch milliseconds. Default: Date.now. */
  readonly clock?: () => number;
  /** Returns the time that signatures are compared with, in epoch milliseconds. Default: that of `clock`. */
  readonly wallClock?: () => number;
  readonly closeTimeouts?: CloseTimeouts;
  /** Called when an integration fails, with the reason that the client does not receive. */
  readonly log?: (line: object) => void;
  /** Records the metrics of the stages. */
  readonly openMetric?: OpenMetric;
  /** Records handshakes and frames. */
  readonly frames?: FrameRecorder;
  /** Returns the trace of the invocation that signed a request, if it is known. */
  readonly findTrace?: (authorization: string) => string | undefined;
}

/** How long `close` waits for running work, and in total. Default: 2,000 and 5,000. */
export interface CloseTimeouts {
  readonly workMillis: number;
  readonly totalMillis: number;
}

/** A connection in `/_local/connections`. */
export interface ConnectionInfo {
  readonly connectionId: string;
  readonly apiId: string;
  readonly stage: string;
  /** ISO 8601. */
  readonly connectedAt: string;
  /** ISO 8601. */
  readonly lastActiveAt: string;
  readonly sourceIp: string;
  readonly userAgent?: string;
}

export interface WebSocketApis {
  /** Handles an HTTP server's `upgrade` event. With `apiId`, only stages of that API exist. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer, apiId?: string): void;
  /**
   * Handles `/STAGE/@connections/ID` and `/_apis/API_ID/STAGE/@connections/ID`. With `apiId`, only stages of that API exist.
   * Never rejects.
   */
  handleConnections(request: IncomingMessage, response: ServerResponse, apiId?: string): Promise<void>;
  /** Returns the open connections. */
  connections(): ConnectionInfo[];
  /** Returns the number of open sockets, and of running invocations and handshakes. */
  load(): { connections: number; running: number };
  /**
   * Destroys a connection's socket without `$disconnect`, like a lost network. Posts to the connection then return
   * 410. Returns false if the connection does not exist.
   */
  drop(connectionId: string): boolean;
  /** Closes the connections that are idle or open for too long, after the time was advanced. */
  checkTimeouts(): void;
  /**
   * Stops accepting clients and messages, waits for running work, closes all connections with code 1001 and runs their
   * `$disconnect`. After the timeout, destroys the remaining sockets and no longer logs failures.
   */
  close(): Promise<void>;
}

/**
 * Creates the WebSocket APIs of an application and their `@connections` APIs, as in API Gateway.
 *
 * Messages of a connection are handled concurrently. The result of a message's function is sent to the client if its route
 * has a route response. Only `$connect` authorizes clients. A message over the throttling limits of its route is answered
 * with an error, a handshake with 429. `$disconnect` is not throttled.
 *
 * @throws UnsupportedError for an unsupported route selection expression
 */
export function createWebSocketApis(options: WebSocketApisOptions): WebSocketApis {
  const { region, accountId = '' } = options;
  const limits: Limits = { ...DEFAULT_LIMITS, ...options.limits };
  const stages = createStages(options.apis, options.openMetric ?? discardMetrics);
  const rates = options.rates ?? UNLIMITED_RATES;
  const connections = new Map<string, Connection>();
  const running = new Set<Promise<unknown>>();
  const frames = options.frames ?? DISCARD_FRAMES;
  const clientNames = new WeakMap<IncomingMessage, string>();
  const openings = new WeakMap<ConnectionFacts, RecordedFrame>();
  const limitFrames = createFrameLimiter(limits.frameBytes);
  const connectionsApi = {
    stages,
    connections,
    faults: options.faults,
    limits,
    rates,
    authorize: options.authorize,
    authorizeRole: options.authorizeRole,
    findTrace: options.findTrace,
    log: options.log,
  };
  const ports: IntegrationPorts = {
    invoke: options.invoke,
    callService: options.callService ?? rejectServiceCall,
    callConnections: (request, principal) => callConnections(connectionsApi, request, principal),
  };
  const authorizationPorts: AuthorizationPorts = {
    invoke: options.invoke,
    findCaller: options.findCaller ?? (() => undefined),
    formatRouteArn: ({ api }, routeKey) =>
      formatArn({ region, accountId }, 'execute-api', `${api.apiId}/${api.stage}/${routeKey}`),
    clock: options.wallClock ?? options.clock ?? Date.now,
  };
  const timeouts = options.closeTimeouts ?? { workMillis: 2_000, totalMillis: 5_000 };
  let closing = false;
  let stopped = false;

  const handshake = createHandshaker({
    limits,
    region,
    clock: options.clock ?? Date.now,
    onStart(facts, request) {
      const { connectionId, api } = facts;
      openings.set(facts, frames.open({ connectionId, api, request, client: clientNames.get(request) }));
    },
    onReject: (facts, code, reason) => frames.update(findOpening(facts), { state: 'failed', code, reason }),
    runRoute: (stage, route, event, facts) => runRoute(stage, route, event, findOpening(facts)),
    track,
    async authorize(stage, facts, request, event) {
      const ports = { ...authorizationPorts, invoke: recordInvocation(findOpening(facts)) };
      const result = await authorizeConnect(stage, request, event, ports);
      if (isRejection(result)) {
        stage.metrics.recordClientError();
        const { connectionId } = facts;
        const { requestId } = event.requestContext;
        options.log?.({ failed: 'authorization', reason: result.reason, connectionId, requestId });
      }
      return result;
    },
    isClosing: () => closing,
    onOpen(stage, facts, socket) {
      limitFrames(socket);
      frames.update(findOpening(facts), { state: 'ok' });
      const connection = new Connection(facts, socket, limits, {
        onMessage(body) {
          if (!closing) track(handleMessage(stage, connection, body));
        },
        onReject(body, reason) {
          frames.add(facts.connectionId, 'in', body, { state: 'failed', reason });
        },
        onSend(text, cause) {
          stage.metrics.recordMessage();
          frames.add(facts.connectionId, 'out', text, cause);
        },
        onClose(closure, explanation) {
          connections.delete(facts.connectionId);
          const frame = recordClose(facts, closure, explanation);
          if (!connection.isDropped) track(disconnect(stage, facts, closure, frame));
        },
      });
      connections.set(facts.connectionId, connection);
    },
    onLost(stage, facts) {
      frames.update(findOpening(facts), { state: 'ok' });
      const explanation = 'The client disconnected during the handshake.';
      return disconnect(stage, facts, ABNORMAL_CLOSURE, recordClose(facts, ABNORMAL_CLOSURE, explanation));
    },
  });

  function findOpening(facts: ConnectionFacts): RecordedFrame {
    const frame = openings.get(facts);
    if (!frame) throw new Error('Unknown handshake.');
    return frame;
  }

  function recordClose(
    { connectionId }: ConnectionFacts,
    { code, reason }: Closure,
    explanation?: string,
  ): RecordedFrame {
    return frames.add(connectionId, 'close', reason, { code, reason: explanation });
  }

  /** Returns a function that invokes functions and records the invocation in a frame. */
  function recordInvocation(frame: RecordedFrame): Invoke {
    return (functionArn, event) =>
      options.invoke(functionArn, event, (invocation) => frames.update(frame, { invocation }));
  }

  function track(work: Promise<unknown>): void {
    running.add(work);
    void work.finally(() => running.delete(work));
  }

  async function runRoute(
    stage: Stage,
    route: RouteModel,
    event: ProxyEvent,
    frame: RecordedFrame,
  ): Promise<Outcome> {
    if (event.requestContext.eventType === 'CONNECT') stage.metrics.recordConnect();
    const { integration } = route;
    const tracedPorts = { ...ports, invoke: recordInvocation(frame) };
    const outcome = await runIntegration(tracedPorts, route, event, limits.integrationMillis);
    stage.metrics.recordOutcome(outcome);
    if (!outcome.ok && !stopped) {
      const { routeKey, requestId, connectionId } = event.requestContext;
      options.log?.({
        failed: 'integration',
        reason: outcome.reason,
        ...(integration.functionArn !== undefined && { functionArn: integration.functionArn }),
        routeKey,
        connectionId,
        requestId,
      });
    }
    return outcome;
  }

  async function handleMessage(stage: Stage, connection: Connection, body: string): Promise<void> {
    const { connectionId } = connection.facts;
    const { route, mismatch } = stage.selectRoute(body);
    const frame = frames.add(connectionId, 'in', body, {
      routeKey: route?.routeKey,
      mismatch,
      state: 'running',
    });
    const cause = { answers: frame.number };
    const sendError = (message: string, requestId: string, reason: string) => {
      frames.update(frame, { state: 'failed', requestId, reason });
      if (connection.isOpen) connection.send(JSON.stringify({ message, connectionId, requestId }), cause);
    };
    stage.metrics.recordMessage();
    const isAllowed = (!route || stage.takeRequest(route)) && rates.takeRequest();
    if (!route || !isAllowed) {
      stage.metrics.recordClientError();
      return isAllowed
        ? sendError('Forbidden', createId(), `${mismatch} ${listRoutes(stage)}`)
        : sendError('Too Many Requests', createId(), describeThrottle(route));
    }
    const event = createMessageEvent(connection.facts, route.routeKey, body);
    if (route.validation && !(await isValidMessage(route.validation, body))) {
      stage.metrics.recordClientError();
      const reason = `The message is not valid for the model that ${route.validation.selection} selects.`;
      return sendError('Invalid request body', event.requestContext.requestId, reason);
    }
    const outcome = await runRoute(stage, route, event, frame);
    const { requestId } = event.requestContext;
    if (!outcome.ok) return sendError(outcome.message, requestId, outcome.reason);
    frames.update(frame, { state: 'ok', requestId });
    if (route.hasResponse && outcome.result.body !== undefined && connection.isOpen)
      connection.send(outcome.result.body, cause);
  }

  async function disconnect(
    stage: Stage,
    facts: ConnectionFacts,
    { code, reason }: Closure,
    frame: RecordedFrame,
  ): Promise<void> {
    if (!stage.disconnect || stopped) return;
    frames.update(frame, { routeKey: '$disconnect' });
    const outcome = await runRoute(
      stage,
      stage.disconnect,
      createDisconnectEvent(facts, code, reason),
      frame,
    );
    frames.update(frame, outcome.ok ? { state: 'ok' } : { state: 'failed', reason: outcome.reason });
  }

  async function waitForWork(): Promise<void> {
    while (running.size > 0) await Promise.all(running);
  }

  async function disconnectAll(): Promise<void> {
    const open = [...connections.values()];
    const closed = open.map(({ socket }) => new Promise((resolve) => socket.once('close', resolve)));
    for (const connection of open) connection.close(1001, 'Going away');
    await Promise.all(closed);
    await waitForWork();
  }

  return {
    handleUpgrade(request, socket, head, apiId) {
      const client = apiId === undefined ? takeClientName(request) : undefined;
      if (client !== undefined) clientNames.set(request, client);
      const url = request.url ?? '/';
      const stage = stages.find(url.replace(/\?.*$/s, ''), apiId);
      const refuse = (code: number, message: string, reason: string) => {
        const frame = frames.open({ connectionId: createId(), api: stage?.api, request, client });
        frames.update(frame, { state: 'failed', code, reason });
        rejectUpgrade(socket, code, { message });
      };
      // API Gateway does not serve a stage without a deployment.
      if (!stage?.api.isDeployed) refuse(403, 'Forbidden', 'No deployed stage has this path.');
      else if (closing) refuse(503, 'Service Unavailable', 'The runtime is stopping.');
      else if (url.length > limits.urlCharacters) {
        refuse(414, 'URI Too Long', `The URL has more than ${limits.urlCharacters} characters.`);
      } else if (exceedsHeaderQuota(request)) {
        refuse(431, 'Request Header Fields Too Large', 'The headers exceed the quota of API Gateway.');
      } else if ((stage.connect && !stage.takeRequest(stage.connect)) || !rates.takeConnection()) {
        refuse(429, 'Too Many Requests', describeThrottle(stage.connect));
      } else handshake(stage, request, socket, head);
    },
    handleConnections: (request, response, apiId) =>
      handleConnectionsRequest(connectionsApi, request, response, apiId),
    connections: () => [...connections.values()].filter(({ isOpen }) => isOpen).map(describeConnection),
    load: () => ({ connections: connections.size, running: running.size }),
    checkTimeouts() {
      for (const connection of connections.values()) connection.checkTimeouts();
    },
    drop(connectionId) {
      const connection = connections.get(connectionId);
      if (!connection?.isOpen) return false;
      connection.drop();
      return true;
    },
    async close() {
      closing = true;
      const startedAt = performance.now();
      await withTimeout(timeouts.workMillis, waitForWork());
      await withTimeout(timeouts.totalMillis - (performance.now() - startedAt), disconnectAll());
      stopped = true;
      for (const { socket } of connections.values()) socket.terminate();
    },
  };
}

function listRoutes({ api: { routes } }: Stage): string {
  const keys = routes.map(({ routeKey }) => routeKey).filter((key) => !/^\$(dis)?connect$/.test(key));
  return `The API has no $default route. Its routes: ${keys.join(', ')}.`;
}

function describeThrottle(route: RouteModel | undefined): string {
  if (!route?.throttle) return 'The request rate of the account is exceeded.';
  const { ratePerSecond, burst } = route.throttle;
  return `The throttling limits of the route ${route.routeKey} (${ratePerSecond} requests per second, burst ${burst}) or the request rate of the account are exceeded.`;
}

async function rejectServiceCall(service: string): Promise<never> {
  throw new UnsupportedError(`Integrations cannot call ${service}.`);
}

/** Waits for `work`, at most `millis`. */
async function withTimeout(millis: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise((resolve) => {
    timer = setTimeout(resolve, millis);
  });
  await Promise.race([work, timeout]);
  clearTimeout(timer);
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
