import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Faults } from '../core/faults';
import type { RouteModel, WebSocketApiModel } from '../core/model';
import { ABNORMAL, Connection, type Ending } from './connection';
import { type ConnectionFacts, disconnectEvent, messageEvent, type ProxyEvent } from './events';
import { frameLimiter } from './frames';
import { createHandshakes, refuseUpgrade } from './handshake';
import { newId } from './ids';
import { type Invoke, integrate, type Outcome } from './integration';
import { DEFAULT_LIMITS, type Limits } from './limits';
import { answerConnections } from './management';
import { type Stage, stagesOf } from './routes';

export type { Invoke, InvokeResult } from './integration';
export type { Limits } from './limits';

export interface GatewayOptions {
  /** `/STAGE` is an API's stage; `/` is the first API's if it is the only one. */
  readonly apis: readonly WebSocketApiModel[];
  readonly invoke: Invoke;
  /** Switches in front of `@connections`: service `execute-api`, input `{ ConnectionId }`. */
  readonly faults: Faults;
  readonly limits?: Partial<Limits>;
  /** How long `close` waits, in milliseconds. */
  readonly patience?: Patience;
  /** Told of integrations that failed, with the reason the client does not see. */
  readonly log?: (line: object) => void;
}

/** Milliseconds that closing waits for running work, and in all. Default 2,000 and 5,000. */
export interface Patience {
  readonly workMillis: number;
  readonly totalMillis: number;
}

/** A connection as the runtime's own pages show it. */
export interface ConnectionInfo {
  readonly connectionId: string;
  readonly apiId: string;
  readonly stage: string;
  /** ISO 8601, as `lastActiveAt`. */
  readonly connectedAt: string;
  readonly lastActiveAt: string;
  readonly sourceIp: string;
  readonly userAgent?: string;
}

export interface Gateway {
  /** For an HTTP server's `upgrade` event. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** `/STAGE/@connections/ID`. Never rejects. */
  handleConnections(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** The open connections. */
  connections(): ConnectionInfo[];
  /** How much is held: sockets that have not closed yet, and invocations and handshakes that have not ended. */
  load(): { connections: number; running: number };
  /**
   * Kills a socket without `$disconnect`, as a network does that is lost; posts to it get 410 from then on.
   * False if there is no such connection.
   */
  drop(connectionId: string): boolean;
  /**
   * Takes no more clients and frames, lets what runs end, closes all sockets (1001) and runs their `$disconnect`.
   * What has not ended by then is given up: its sockets are cut, and its failures are not logged.
   */
  close(): Promise<void>;
}

/**
 * The WebSocket APIs of an app, with their `@connections` APIs, as API Gateway runs them.
 *
 * Frames of one connection are handled concurrently, and what a function returns for a message is not sent to
 * the client, as on a route without a route response. Who may connect is up to `$connect` alone.
 *
 * @throws UnsupportedError for a route selection expression that is not one path in the body, and for two APIs
 * with a stage of the same name.
 */
export function createGateway(options: GatewayOptions): Gateway {
  const limits: Limits = { ...DEFAULT_LIMITS, ...options.limits };
  const stages = stagesOf(options.apis);
  const connections = new Map<string, Connection>();
  const running = new Set<Promise<unknown>>();
  const limitFrames = frameLimiter(limits.frameBytes);
  const management = { stages, connections, faults: options.faults, limits, log: options.log };
  const patience = options.patience ?? { workMillis: 2_000, totalMillis: 5_000 };
  let closing = false;
  let stopped = false;

  const handshakes = createHandshakes({
    limits,
    run: runRoute,
    track,
    isClosing: () => closing,
    open(stage, facts, socket) {
      limitFrames(socket);
      const connection = new Connection(facts, socket, limits, {
        message(body) {
          if (!closing) track(handleMessage(stage, connection, body));
        },
        ended(ending) {
          connections.delete(facts.connectionId);
          if (!connection.dropped) track(disconnect(stage, facts, ending));
        },
      });
      connections.set(facts.connectionId, connection);
    },
    lost: (stage, facts) => disconnect(stage, facts, ABNORMAL),
  });

  function track(work: Promise<unknown>): void {
    running.add(work);
    void work.finally(() => running.delete(work));
  }

  async function runRoute(route: RouteModel, event: ProxyEvent): Promise<Outcome> {
    const outcome = await integrate(options.invoke, route, event, limits.integrationMillis);
    if (!outcome.ok && !stopped) {
      const { routeKey, requestId, connectionId } = event.requestContext;
      const { functionArn } = route;
      options.log?.({
        failed: 'integration',
        reason: outcome.reason,
        functionArn,
        routeKey,
        connectionId,
        requestId,
      });
    }
    return outcome;
  }

  async function handleMessage(stage: Stage, connection: Connection, body: string): Promise<void> {
    const { connectionId } = connection.facts;
    const tell = (message: string, requestId: string) => {
      if (connection.isOpen) connection.send(JSON.stringify({ message, connectionId, requestId }));
    };
    const route = stage.select(body);
    if (!route) return tell('Forbidden', newId());
    const event = messageEvent(connection.facts, route.routeKey, body);
    const outcome = await runRoute(route, event);
    if (!outcome.ok) tell(outcome.message, event.requestContext.requestId);
  }

  async function disconnect(stage: Stage, facts: ConnectionFacts, { code, reason }: Ending): Promise<void> {
    if (stage.disconnect && !stopped) await runRoute(stage.disconnect, disconnectEvent(facts, code, reason));
  }

  async function idle(): Promise<void> {
    while (running.size > 0) await Promise.all(running);
  }

  async function disconnectAll(): Promise<void> {
    const open = [...connections.values()];
    const closed = open.map(({ socket }) => new Promise((resolve) => socket.once('close', resolve)));
    for (const connection of open) connection.close(1001, 'Going away');
    await Promise.all(closed);
    await idle();
  }

  function stageAt(url: string): Stage | undefined {
    const name = url.replace(/\?.*$/, '').replace(/^\//, '').replace(/\/$/, '');
    if (name !== '') return stages.get(name);
    return stages.size === 1 ? stages.values().next().value : undefined;
  }

  return {
    handleUpgrade(request, socket, head) {
      const stage = stageAt(request.url ?? '/');
      if (!stage) refuseUpgrade(socket, 403, { message: 'Forbidden' });
      else if (closing) refuseUpgrade(socket, 503, { message: 'Service Unavailable' });
      else handshakes(stage, request, socket, head);
    },
    handleConnections: (request, response) => answerConnections(management, request, response),
    connections: () => [...connections.values()].filter(({ isOpen }) => isOpen).map(infoOf),
    load: () => ({ connections: connections.size, running: running.size }),
    drop(connectionId) {
      const connection = connections.get(connectionId);
      if (!connection?.isOpen) return false;
      connection.drop();
      return true;
    },
    async close() {
      closing = true;
      const startedAt = performance.now();
      await within(patience.workMillis, idle());
      await within(patience.totalMillis - (performance.now() - startedAt), disconnectAll());
      stopped = true;
      for (const { socket } of connections.values()) socket.terminate();
    },
  };
}

/** Waits for `work`, but no longer than `millis`. */
async function within(millis: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise((resolve) => {
    timer = setTimeout(resolve, millis);
  });
  await Promise.race([work, timeout]);
  clearTimeout(timer);
}

function infoOf({ facts, lastActiveAt }: Connection): ConnectionInfo {
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
