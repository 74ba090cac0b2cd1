import type { App, FunctionModel } from 'sam-offline';
import type { JsonObject } from 'sam-offline/testing';
import type { VirtualTime } from '../../../testbed/virtual-time';
import type { Faults } from '../faults/faults';
import type { History } from './history';

/** The client side of a connection. */
export interface Peer {
  readonly name: string;
  readonly sourceIp: string;
  /** Receives a frame from the server. Frames of a connection arrive in order. */
  receive(text: string): void;
  close(): void;
}

export interface Handshake {
  readonly url: string;
  readonly protocols: readonly string[];
}

export interface GatewayOptions {
  readonly app: App;
  readonly time: VirtualTime;
  readonly random: () => number;
  readonly faults: Faults;
  readonly history: History;
  readonly invoke: (model: FunctionModel, event: unknown) => Promise<unknown>;
  readonly createError: (code: string, status: number) => Error;
}

interface Connection {
  readonly id: string;
  readonly peer: Peer;
  readonly connectedAt: number;
  isOpen: boolean;
  /** The arrival time of the last frame that was sent to the client. */
  arrivesAt: number;
  lastActiveAt: number;
}

const IDLE_MS = 10 * 60_000;
const MAX_AGE_MS = 2 * 3600_000;
const INTEGRATION_TIMEOUT_MS = 29_000;

const NETWORK_MS = 40;
const HANDSHAKE_MS = 2000;

/** Simulates the WebSocket API. Invokes the functions of its routes and posts frames to connections. */
export class Gateway {
  private readonly connections = new Map<string, Connection>();
  /** The connections for which `$connect` is running. */
  private readonly opening = new Set<string>();
  private readonly routes: ReadonlyMap<string, FunctionModel>;
  private lastId = 0;

  constructor(private readonly options: GatewayOptions) {
    const { webSocketApis, functions } = options.app;
    this.routes = new Map(
      (webSocketApis[0]?.routes ?? []).map(({ routeKey, integration }) => [
        routeKey,
        functions.find(({ arn }) => 'functionArn' in integration && arn === integration.functionArn),
      ]) as [string, FunctionModel][],
    );
  }

  /** Opens a connection. @throws Error if `$connect` rejects it. */
  async connect(peer: Peer, { url, protocols }: Handshake): Promise<string> {
    const { time } = this.options;
    this.lastId += 1;
    const id = `${String(this.lastId).padStart(15, 'L')}=`;
    const connection = {
      ...{ id, peer, connectedAt: time.now(), isOpen: false },
      ...{ arrivesAt: 0, lastActiveAt: time.now() },
    };
    const event = {
      requestContext: this.createContext(connection, '$connect', 'CONNECT'),
      headers: { 'Sec-WebSocket-Protocol': protocols.join(', ') },
      queryStringParameters: Object.fromEntries(new URL(url).searchParams),
      isBase64Encoded: false,
    };
    this.opening.add(id);
    const result = await this.handshake(event).finally(() => this.opening.delete(id));
    if (result.statusCode !== 200) throw new Error(`The handshake was rejected: ${result.statusCode}`);
    this.connections.set(id, connection);
    connection.isOpen = true;
    this.options.history.add({ type: 'opened', client: peer.name, connection: id });
    time.startTimer(MAX_AGE_MS, () => this.close(id));
    this.watchIdle(connection);
    return id;
  }

  private async handshake(event: unknown): Promise<{ statusCode?: number }> {
    const result = (await this.integrate('$connect', event)) as { statusCode?: number };
    await this.options.time.sleep(this.options.faults.drawMs('slow handshake', HANDSHAKE_MS));
    return result;
  }

  /** Handles a frame from the client. */
  receive(id: string, body: string): void {
    const connection = this.connections.get(id);
    if (!connection?.isOpen) return;
    connection.lastActiveAt = this.options.time.now();
    const routeKey = this.selectRoute(body);
    const event = {
      requestContext: this.createContext(connection, routeKey, 'MESSAGE'),
      body,
      isBase64Encoded: false,
    };
    this.integrate(routeKey, event).catch(() => {
      const error = { message: 'Internal server error', connectionId: id, requestId: 'simulated' };
      this.send(connection, JSON.stringify(error));
    });
  }

  /** Closes a connection on behalf of either side and invokes `$disconnect`. The invocation is best effort. */
  close(id: string): void {
    const connection = this.connections.get(id);
    if (!connection?.isOpen) return;
    connection.isOpen = false;
    this.connections.delete(id);
    connection.peer.close();
    this.options.history.add({ type: 'closed', client: connection.peer.name, connection: id });
    if (this.options.faults.strikes('lost disconnect', connection.peer.name)) return;
    const requestContext = this.createContext(connection, '$disconnect', 'DISCONNECT');
    this.integrate('$disconnect', { requestContext, isBase64Encoded: false }).catch(() => undefined);
  }

  /** Returns whether a connection is open or its handshake is in progress. */
  isOpen(id: string): boolean {
    return this.connections.has(id) || this.opening.has(id);
  }

  /** Handles a call to the `@connections` API. Inputs and outputs have the format of the SDK commands. */
  call(action: string, { ConnectionId, Data }: JsonObject): JsonObject {
    const connection = this.require(String(ConnectionId));
    if (action === 'GetConnection') return describe(connection);
    if (action === 'DeleteConnection') this.close(connection.id);
    else this.post(connection, String(Data));
    return {};
  }

  private post(connection: Connection, text: string): void {
    if (this.options.faults.strikes('slow reader', connection.peer.name))
      throw this.options.createError('LimitExceededException', 429);
    this.send(connection, text);
  }

  private require(id: string): Connection {
    const connection = this.connections.get(id);
    if (connection?.isOpen) return connection;
    throw this.options.createError('GoneException', 410);
  }

  private send(connection: Connection, text: string): void {
    const { time, random } = this.options;
    connection.lastActiveAt = time.now();
    connection.arrivesAt = Math.max(connection.arrivesAt + 1, Math.ceil(time.now() + random() * NETWORK_MS));
    time.startTimer(connection.arrivesAt - time.now(), () => connection.peer.receive(text));
  }

  private watchIdle(connection: Connection): void {
    const { time } = this.options;
    if (!connection.isOpen) return;
    const left = connection.lastActiveAt + IDLE_MS - time.now();
    if (left <= 0) this.close(connection.id);
    else time.startTimer(left, () => this.watchIdle(connection));
  }

  private selectRoute(body: string): string {
    try {
      const { action } = JSON.parse(body);
      if (this.routes.has(action) && !action.startsWith('$')) return action;
    } catch {
      // not JSON
    }
    return '$default';
  }

  private async integrate(routeKey: string, event: unknown): Promise<unknown> {
    const model = this.routes.get(routeKey) as FunctionModel;
    const { time, invoke } = this.options;
    let stop = () => {};
    const timeout = new Promise<never>((_, reject) => {
      stop = time.startTimer(INTEGRATION_TIMEOUT_MS, () => reject(new Error('Integration timeout')));
    });
    return Promise.race([invoke(model, event), timeout]).finally(stop);
  }

  private createContext({ id, peer, connectedAt }: Connection, routeKey: string, eventType: string) {
    return {
      routeKey,
      eventType,
      connectionId: id,
      connectedAt,
      requestTimeEpoch: this.options.time.now(),
      requestId: id,
      stage: 'production',
      messageDirection: 'IN',
      identity: { sourceIp: peer.sourceIp },
      domainName: 'simulated.example',
      apiId: 'simulated',
    };
  }
}

function describe({ connectedAt, lastActiveAt, peer }: Connection): JsonObject {
  return {
    ConnectedAt: new Date(connectedAt),
    LastActiveAt: new Date(lastActiveAt),
    Identity: { SourceIp: peer.sourceIp, UserAgent: 'simulation' },
  };
}
