import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { parseAwsHost } from '../aws/aws-host';
import type { FrozenSockets } from '../faults/frozen-sockets';
import type { WebSocketApis } from '../websocket-api';
import { rejectUpgrade } from '../websocket-api/handshake';
import { checkCaller, checkHost } from './guard';
import { pathOf } from './paths';
import { RequestRouter, type RouterOptions, replyMessage } from './router';

export interface ServerOptions extends RouterOptions {
  /** Resets requests on connections that were closed while their execution environment was frozen. */
  readonly frozenSockets?: FrozenSockets;
}

/** Longer than the idle timeout of HTTP clients, so that clients, not the server, close idle sockets. */
const KEEP_ALIVE_MILLIS = 75_000;

/** The maximum time for which busy sockets may delay closing the server. */
const CLOSE_GRACE_MILLIS = 1_000;

/**
 * Creates the runtime's HTTP server. The server does not listen yet. It serves the AWS JSON protocol at `POST /`, the REST APIs
 * of Lambda and X-Ray, `@connections`, WebSocket upgrades, the application's HTTP APIs and website, and the console. It also
 * receives the functions' requests to AWS hosts. As on AWS, the `Host` header selects the service.
 *
 * Requests from web pages of other origins are rejected (see `guard.ts`). The application's `$connect` function and CORS
 * configuration decide which origins use WebSocket APIs, HTTP APIs and function URLs without IAM authorization.
 */
export function createHttpServer(options: ServerOptions): Server {
  const { frozenSockets, webSocketApis, log } = options;
  const router = new RequestRouter(options);
  const server = createServer((request, response) => {
    if (frozenSockets?.reset(request)) return;
    response.on('close', () => {
      // Without this, a keep-alive socket that is busy when the server closes would stay open after its last response.
      if (!server.listening) request.socket.end();
    });
    void router
      .route(request, response)
      .catch((error: unknown) => replyFailure(request, response, error, log));
  });
  server.keepAliveTimeout = KEEP_ALIVE_MILLIS;
  frozenSockets?.watch(server);
  handleUpgrades(server, webSocketApis);
  closeWithinGrace(server);
  return server;
}

function handleUpgrades(server: Server, webSocketApis: WebSocketApis | undefined): void {
  server.on('upgrade', (request, socket, head) => {
    const aws = parseAwsHost(request.headers.host ?? '');
    const isConsole = pathOf(request.url ?? '/').startsWith('/_local/');
    const rejection = aws
      ? undefined
      : (checkHost(request) ?? (isConsole ? checkCaller(request) : undefined));
    if (rejection !== undefined) rejectUpgrade(socket, 403, { message: rejection });
    else if (webSocketApis) webSocketApis.handleUpgrade(request, socket, head, aws?.prefix);
    else socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
  });
}

/** Makes `close` end idle sockets immediately, and busy sockets after `CLOSE_GRACE_MILLIS`. */
function closeWithinGrace(server: Server): void {
  const close = server.close.bind(server);
  server.close = (callback) => {
    const timer = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MILLIS);
    close((error) => {
      clearTimeout(timer);
      callback?.(error);
    });
    server.closeIdleConnections();
    return server;
  };
}

function replyFailure(
  request: IncomingMessage,
  response: ServerResponse,
  error: unknown,
  log: ServerOptions['log'],
): void {
  if (request.destroyed && !request.complete) return;
  log?.({ failed: 'http', reason: error instanceof Error ? error.stack : String(error) });
  if (response.headersSent) response.destroy();
  else replyMessage(request, response, 500, `Internal error in the local runtime: ${error}`);
}
