import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Faults } from '../core/faults';
import type { Service } from '../core/service';
import type { Gateway } from '../gateway';
import { refuseUpgrade } from '../gateway/handshake';
import type { HttpApis } from '../http-api';
import type { Website } from '../website/website';
import type { ConsoleData } from './console';
import { hostRefusalOf, refusalOf } from './guard';
import { answerJson } from './json-protocol';
import { answerInvoke, invokedFunction } from './lambda-rest';
import { localHandlers, type Page } from './local-pages';
import { reply, replyJson } from './reply';
import { answerXRay, xrayAction } from './xray-rest';

export type { Page, PageResult } from './local-pages';

export interface HttpFrontOptions {
  /** By name: `dynamodb`, `events`, `states`, `sqs`, `secretsmanager`, `lambda`, `xray`. */
  readonly services: Record<string, Service>;
  readonly gateway?: Gateway;
  /** The app's HTTP APIs, at their paths; what is the runtime's own goes before them. */
  readonly httpApis?: HttpApis;
  /** The app's files, at the root; what is the runtime's own goes before them, except the page at `/`. */
  readonly website?: Website;
  /** What `/_local/faults` switches; the services and the gateway share it. */
  readonly faults: Faults;
  /** Whether the runtime serves; until then `/_local/health` answers 503. */
  readonly ready: () => boolean;
  /** The runtime's pages for GET and HEAD, by exact path: `/`, `/_local/…`. */
  readonly pages?: ReadonlyMap<string, Page>;
  /** What the console at `/_local/` shows; there is none without it. */
  readonly console?: ConsoleData;
  /** Told of faults of the runtime itself. */
  readonly log?: (line: object) => void;
}

/** Longer than clients keep idle sockets, so that they and not this server close them. */
const KEEP_ALIVE_MILLIS = 75_000;

/** How long sockets that are neither idle nor done may hold up the server's closing. */
const CLOSE_GRACE_MILLIS = 1_000;

/**
 * The one HTTP server of the runtime, not yet listening: AWS's JSON protocol at `POST /`, Lambda's Invoke, the
 * `@connections` API, WebSocket upgrades, HTTP APIs, and the runtime's own pages.
 *
 * Plain HTTP requests from web pages of other hosts are refused (see `guard.ts`). Upgrades and requests to HTTP APIs
 * are refused for a foreign `Host` only: these APIs are what the app shows to the world, and which origins may call
 * them is for `$connect` and the CORS configuration to say.
 */
export function createHttpFront(options: HttpFrontOptions): Server {
  const local = { ...options, pages: options.pages ?? new Map<string, Page>() };
  let closing = false;

  const server = createServer((request, response) => {
    response.on('close', () => {
      // A keep-alive socket that was busy when the server was closed would hold it open once it is idle.
      if (closing) request.socket.end();
    });
    void route(request, response).catch((error: unknown) => fail(request, response, error));
  });
  server.keepAliveTimeout = KEEP_ALIVE_MILLIS;

  server.on('upgrade', (request, socket, head) => {
    const refusal = hostRefusalOf(request);
    if (refusal !== undefined) refuseUpgrade(socket, 403, { message: refusal });
    else if (options.gateway) options.gateway.handleUpgrade(request, socket, head);
    else socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
  });

  const close = server.close.bind(server);
  server.close = (callback) => {
    closing = true;
    const timer = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MILLIS);
    close((error) => {
      clearTimeout(timer);
      callback?.(error);
    });
    server.closeIdleConnections();
    return server;
  };

  async function route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { url = '/', method = 'GET' } = request;
    const path = pathOf(url);
    const api = isReserved(path) || !options.httpApis?.serves(path) ? undefined : options.httpApis;
    const refusal = api ? hostRefusalOf(request) : refusalOf(request);
    if (refusal !== undefined) return notServed(request, response, 403, refusal);
    if (api) return api.answer(request, response);
    const file = await fileAt(options.website, method, path);
    if (file) return reply(response, 200, file.contentType, file.body, NOT_KEPT);
    if (options.gateway && isConnectionsPath(path))
      return options.gateway.handleConnections(request, response);
    if (method === 'POST' && path === '/')
      return answerJson(options.services, request, response, options.log);
    const functionName = method === 'POST' ? invokedFunction(path) : undefined;
    const { lambda } = options.services;
    if (functionName !== undefined && lambda) {
      return answerInvoke(lambda, functionName, request, response, options.log);
    }
    const action = method === 'POST' ? xrayAction(path) : undefined;
    const { xray } = options.services;
    if (action !== undefined && xray) return answerXRay(xray, action, request, response, options.log);
    const handlers = localHandlers(local, path);
    if (!handlers && options.httpApis?.exist && !isReserved(path)) {
      return options.httpApis.answer(request, response);
    }
    if (!handlers) return notServed(request, response, 404, `Nothing is served at ${method} ${path}.`);
    const handler = Object.hasOwn(handlers, method) ? handlers[method] : undefined;
    if (handler) return handler(request, response);
    const allowed = Object.keys(handlers).join(', ');
    notServed(request, response, 405, `${path} takes ${allowed}, not ${method}.`, { allow: allowed });
  }

  function fail(request: IncomingMessage, response: ServerResponse, error: unknown): void {
    if (request.destroyed && !request.complete) return;
    options.log?.({ failed: 'http', reason: error instanceof Error ? error.stack : String(error) });
    if (response.headersSent) response.destroy();
    else notServed(request, response, 500, `The local runtime failed: ${error}`);
  }

  return server;
}

/** Files change while one works on them. */
const NOT_KEPT = { 'cache-control': 'no-cache' };

async function fileAt(website: Website | undefined, method: string, path: string) {
  if (!website || (method !== 'GET' && method !== 'HEAD')) return undefined;
  return path === '/' || !isReserved(path) ? website.file(path) : undefined;
}

/** Answers without having read the body, and reads it away, so that the client gets to see the answer. */
function notServed(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  message: string,
  headers?: Record<string, string>,
): void {
  request.resume();
  replyJson(response, status, { message }, headers);
}

function pathOf(url: string): string {
  const query = url.indexOf('?');
  return query < 0 ? url : url.slice(0, query);
}

/** Paths that are the runtime's own, whatever an HTTP API's routes say. */
function isReserved(path: string): boolean {
  return (
    path === '/' ||
    path.startsWith('/_local/') ||
    isConnectionsPath(path) ||
    invokedFunction(path) !== undefined
  );
}

/** `/STAGE/@connections/ID`; some clients encode the `@`. */
function isConnectionsPath(path: string): boolean {
  return /^\/[^/]+\/(?:@|%40)connections(?:\/|$)/i.test(path);
}
