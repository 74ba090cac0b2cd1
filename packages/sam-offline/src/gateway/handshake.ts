import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type ServerOptions, type WebSocket, WebSocketServer } from 'ws';
import type { RouteModel } from '../core/model';
import { type ConnectionFacts, connectEvent, factsOf, type ProxyEvent } from './events';
import type { Outcome } from './integration';
import type { Limits } from './limits';
import type { Stage } from './routes';

interface HandshakeOptions {
  readonly limits: Limits;
  run(route: RouteModel, event: ProxyEvent): Promise<Outcome>;
  /** Counts work as running, so that closing waits for it. */
  track(work: Promise<void>): void;
  isClosing(): boolean;
  open(stage: Stage, facts: ConnectionFacts, socket: WebSocket): void;
  /** `$connect` accepted a client that is not there any more. */
  lost(stage: Stage, facts: ConnectionFacts): Promise<void>;
}

/** A handshake under way. */
interface Handshake {
  readonly stage: Stage;
  readonly facts: ConnectionFacts;
  subprotocol: string | undefined;
  opened: boolean;
}

/** How long a client may take to answer a close frame before its socket is cut. */
const CLOSE_TIMEOUT_MILLIS = 2_000;

/** The characters of an HTTP token, which a subprotocol must be: it goes into the answer's header as it is. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/**
 * Makes a function that takes clients through the opening handshake: `$connect` runs while the client waits,
 * and only a 2xx result lets it in.
 *
 * ws's `verifyClient` is the hook, because it waits for an answer and runs after the request itself has been
 * checked: a request that is no proper handshake never invokes `$connect`.
 */
export function createHandshakes(options: HandshakeOptions) {
  const underway = new WeakMap<IncomingMessage, Handshake>();
  const settings: ServerOptions & { closeTimeout: number } = {
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: options.limits.messageBytes,
    closeTimeout: CLOSE_TIMEOUT_MILLIS,
    // API Gateway chooses no subprotocol itself: the client gets what $connect returned.
    handleProtocols: (_offered, request) => underway.get(request)?.subprotocol ?? false,
    verifyClient: ({ req }, done) => options.track(decide(req, done)),
  };
  const server = new WebSocketServer(settings);

  async function decide(request: IncomingMessage, done: Done): Promise<void> {
    const handshake = underway.get(request);
    if (!handshake) throw new Error('A handshake that was not begun.');
    const { stage, facts } = handshake;
    if (stage.connect && !(await connect(stage.connect, handshake, request, done))) return;
    if (options.isClosing()) done(false, 503);
    else done(true);
    if (!handshake.opened) await options.lost(stage, facts);
  }

  /** Runs `$connect`; false if it refused the client, who has been told. */
  async function connect(
    route: RouteModel,
    handshake: Handshake,
    request: IncomingMessage,
    done: Done,
  ): Promise<boolean> {
    const event = connectEvent(handshake.facts, request);
    const outcome = await options.run(route, event);
    handshake.subprotocol = outcome.ok ? outcome.result.headers.get('sec-websocket-protocol') : undefined;
    const isSane = handshake.subprotocol === undefined || TOKEN.test(handshake.subprotocol);
    if (outcome.ok && outcome.result.statusCode < 300 && isSane) return true;
    const status = !outcome.ok ? outcome.status : isSane ? outcome.result.statusCode : 502;
    const message = outcome.ok ? STATUS_CODES[status] : outcome.message;
    const { connectionId } = handshake.facts;
    const { requestId } = event.requestContext;
    done(false, status, JSON.stringify({ message, connectionId, requestId }), {
      'Content-Type': 'application/json',
    });
    return false;
  }

  return (stage: Stage, request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const handshake: Handshake = {
      stage,
      facts: factsOf(stage.api, request),
      subprotocol: undefined,
      opened: false,
    };
    underway.set(request, handshake);
    server.handleUpgrade(request, socket, head, (webSocket) => {
      handshake.opened = true;
      options.open(stage, handshake.facts, webSocket);
    });
  };
}

type Done = (accepted: boolean, status?: number, body?: string, headers?: Record<string, string>) => void;

/** Answers an upgrade request with an error, and closes its socket. */
export function refuseUpgrade(socket: Duplex, status: number, body: object): void {
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
