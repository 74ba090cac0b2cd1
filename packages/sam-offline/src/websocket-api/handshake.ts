import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type ServerOptions, type WebSocket, WebSocketServer } from 'ws';
import { isRejection, type Rejection } from './authorization';
import {
  type Admission,
  type ConnectionFacts,
  createConnectEvent,
  createConnectionFacts,
  type ProxyEvent,
} from './events';
import type { Limits } from './limits';
import type { RouteModel } from './model';
import type { Outcome } from './outcome';
import type { Stage } from './routes';

export interface HandshakeOptions {
  readonly limits: Limits;
  readonly region: string;
  /** Returns the time in epoch milliseconds. */
  clock(): number;
  /** Authorizes a client. Returns the members that authorization adds to the client's events. */
  authorize(
    stage: Stage,
    facts: ConnectionFacts,
    request: IncomingMessage,
    event: ProxyEvent,
  ): Promise<Admission | Rejection>;
  /** Called when a valid handshake starts. */
  onStart(facts: ConnectionFacts, request: IncomingMessage): void;
  /** Called when a handshake is rejected, with the reason. The client does not receive the reason. */
  onReject(facts: ConnectionFacts, status: number, reason: string): void;
  runRoute(stage: Stage, route: RouteModel, event: ProxyEvent, facts: ConnectionFacts): Promise<Outcome>;
  /** Registers running work. `close` waits for running work. */
  track(work: Promise<void>): void;
  isClosing(): boolean;
  onOpen(stage: Stage, facts: ConnectionFacts, socket: WebSocket): void;
  /** Called if `$connect` accepted the client, but the client disconnected while `$connect` was running. */
  onLost(stage: Stage, facts: ConnectionFacts): Promise<void>;
}

/** A handshake in progress. */
interface Handshake {
  readonly stage: Stage;
  readonly facts: ConnectionFacts;
  subprotocol: string | undefined;
  isOpen: boolean;
}

/** The time within which a client must respond to a close frame. After this time, the socket is destroyed. */
const CLOSE_TIMEOUT_MILLIS = 2_000;

/** Matches an HTTP token. A subprotocol must be a token, because it is copied to a response header. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/**
 * Creates a function that performs the opening handshake. The client waits while `$connect` runs. Only a 2xx result accepts the
 * connection.
 *
 * Uses the `verifyClient` hook of ws. It supports asynchronous results and runs after ws has validated the request, so an
 * invalid handshake never invokes `$connect`.
 */
export function createHandshaker(options: HandshakeOptions) {
  const handshakes = new WeakMap<IncomingMessage, Handshake>();
  const settings: ServerOptions & { closeTimeout: number } = {
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: options.limits.messageBytes,
    closeTimeout: CLOSE_TIMEOUT_MILLIS,
    // API Gateway does not select a subprotocol. The client receives the subprotocol that $connect returns.
    handleProtocols: (_offered, request) => handshakes.get(request)?.subprotocol ?? false,
    verifyClient: ({ req }, done) => options.track(verify(req, done)),
  };
  const server = new WebSocketServer(settings);

  async function verify(request: IncomingMessage, done: Done): Promise<void> {
    const handshake = handshakes.get(request);
    if (!handshake) throw new Error('Unknown handshake.');
    const { stage, facts } = handshake;
    if (stage.connect && !(await runConnect(stage.connect, handshake, request, done))) return;
    if (options.isClosing()) {
      options.onReject(facts, 503, 'The runtime is stopping.');
      done(false, 503);
    } else done(true);
    if (!handshake.isOpen) await options.onLost(stage, facts);
  }

  /** Runs `$connect`. If it rejects the client, sends the response and returns false. */
  async function runConnect(
    route: RouteModel,
    handshake: Handshake,
    request: IncomingMessage,
    done: Done,
  ): Promise<boolean> {
    const { facts, stage } = handshake;
    const { connectionId } = facts;
    const reject = (status: number, message: string | undefined, requestId: string, reason: string) => {
      options.onReject(facts, status, reason);
      done(false, status, JSON.stringify({ message, connectionId, requestId }), {
        'Content-Type': 'application/json',
      });
    };
    if (route.authorization || route.requiresApiKey) {
      const attempt = createConnectEvent(facts, request);
      const admission = await options.authorize(stage, facts, request, attempt);
      if (isRejection(admission)) {
        reject(admission.status, admission.message, attempt.requestContext.requestId, admission.reason);
        return false;
      }
      facts.admission = admission;
    }
    const event = createConnectEvent(facts, request);
    const outcome = await options.runRoute(stage, route, event, facts);
    handshake.subprotocol = outcome.ok ? outcome.result.headers.get('sec-websocket-protocol') : undefined;
    const hasValidProtocol = handshake.subprotocol === undefined || TOKEN.test(handshake.subprotocol);
    if (outcome.ok && outcome.result.statusCode < 300 && hasValidProtocol) return true;
    const status = !outcome.ok ? outcome.status : hasValidProtocol ? outcome.result.statusCode : 502;
    const message = outcome.ok ? STATUS_CODES[status] : outcome.message;
    reject(status, message, event.requestContext.requestId, describeRejection(outcome, hasValidProtocol));
    return false;
  }

  return (stage: Stage, request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const handshake: Handshake = {
      stage,
      facts: createConnectionFacts(stage.api, options.region, request, options.clock),
      subprotocol: undefined,
      isOpen: false,
    };
    handshakes.set(request, handshake);
    options.onStart(handshake.facts, request);
    server.handleUpgrade(request, socket, head, (webSocket) => {
      handshake.isOpen = true;
      options.onOpen(stage, handshake.facts, webSocket);
    });
  };
}

function describeRejection(outcome: Outcome, hasValidProtocol: boolean): string {
  if (!outcome.ok) return outcome.reason;
  if (!hasValidProtocol) return 'The $connect route returned an invalid subprotocol.';
  const { statusCode, body } = outcome.result;
  return `The $connect route returned status ${statusCode}${body === undefined ? '.' : `: ${body}`}`;
}

type Done = (accepted: boolean, status?: number, body?: string, headers?: Record<string, string>) => void;

/** Responds to an upgrade request with an error and closes its socket. */
export function rejectUpgrade(socket: Duplex, status: number, body: object): void {
  const text = JSON.stringify(body);
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Connection: close',
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(text)}`,
  ];
  socket.on('error', () => socket.destroy());
  socket.once('finish', () => socket.destroy());
  socket.end(`${head.join('\r\n')}\r\n\r\n${text}`);
}
