import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AwsHost, parseAwsHost } from '../aws/aws-host';
import { type ConsoleOptions, findConsoleHandlers, type Handlers } from '../console';
import type { Service } from '../core/service';
import type { Faults } from '../faults/faults';
import type { FrozenSockets } from '../faults/frozen-sockets';
import type { FunctionUrls } from '../function-urls';
import { NO_FRAMING } from '../http/no-framing';
import { reply, replyJson } from '../http/reply';
import type { HttpApis } from '../http-api';
import type { Website } from '../website';
import { readServedFile, type ServedFolders } from '../website/served-folders';
import type { WebSocketApis } from '../websocket-api';
import { rejectUpgrade } from '../websocket-api/handshake';
import { describeRejection, rejectAwsRequest } from './aws-hosts';
import type { FindSigner } from './call-context';
import { checkChange, checkHost, checkRequest } from './guard';
import { handleJsonProtocol } from './json-protocol';
import { findInvokedFunction, handleInvoke } from './lambda-rest';
import { findXRayAction, handleXRay } from './xray-rest';

export interface ServerOptions {
  /** Services by name: `dynamodb`, `events`, `states`, `sqs`, `secretsmanager`, `ssm`, `lambda`, `xray`. */
  readonly services: Record<string, Service>;
  /** Identifies the function that signed a request. Without it, every request is the developer's. */
  readonly findSigner?: FindSigner;
  /** The Region of the application. Default: every Region. */
  readonly region?: string;
  readonly webSocketApis?: WebSocketApis;
  /** The application's HTTP APIs. The runtime's own paths take precedence. */
  readonly httpApis?: HttpApis;
  /** The URLs of functions. */
  readonly functionUrls?: FunctionUrls;
  /** The application's static files, served at the root. The runtime's own paths take precedence, except `/`. */
  readonly website?: Website;
  /** Other folders whose files are served. */
  readonly served?: ServedFolders;
  readonly faults: Faults;
  /** Resets the requests of execution environments whose connections were closed while they were frozen. */
  readonly frozenSockets?: FrozenSockets;
  /** Whether the runtime has started. Until then, `/_local/health` returns 503. */
  readonly ready: () => boolean;
  readonly console?: Pick<ConsoleOptions, 'data' | 'pages'>;
  /** Called with errors in the runtime itself. */
  readonly log?: (line: object) => void;
}

/** Longer than the idle timeout of HTTP clients, so that clients close idle sockets and not the server. */
const KEEP_ALIVE_MILLIS = 75_000;

/** How long busy sockets may delay closing the server. */
const CLOSE_GRACE_MILLIS = 1_000;

/** Web files change during development. */
const NO_CACHE = { 'cache-control': 'no-cache' };

/**
 * Creates the runtime's HTTP server, not yet listening. It serves the AWS JSON protocol at `POST /`, the REST APIs of
 * Lambda and X-Ray, `@connections`, WebSocket upgrades, the application's HTTP APIs and website, and the console. Functions
 * send their requests for AWS hosts here, which the `Host` header distinguishes, as on AWS.
 *
 * Requests from web pages of other hosts are rejected (see `guard.ts`). WebSocket upgrades and HTTP APIs check only the
 * `Host`, because the application's `$connect` function and CORS configuration decide which origins to allow.
 */
export function createHttpServer(options: ServerOptions): Server {
  const { services, webSocketApis, httpApis, functionUrls, faults, ready } = options;
  const consoleOptions = { ...options.console, webSocketApis, faults, ready };
  let closing = false;

  const server = createServer((request, response) => {
    if (options.frozenSockets?.reset(request)) return;
    response.on('close', () => {
      // A keep-alive socket that is busy when the server closes would otherwise stay open while idle.
      if (closing) request.socket.end();
    });
    void route(request, response).catch((error: unknown) => fail(request, response, error));
  });
  server.keepAliveTimeout = KEEP_ALIVE_MILLIS;
  options.frozenSockets?.watch(server);

  server.on('upgrade', (request, socket, head) => {
    const aws = parseAwsHost(request.headers.host ?? '');
    const rejection = aws ? undefined : checkHost(request);
    if (rejection !== undefined) rejectUpgrade(socket, 403, { message: rejection });
    else if (webSocketApis) webSocketApis.handleUpgrade(request, socket, head, aws?.prefix);
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
    const aws = parseAwsHost(request.headers.host ?? '');
    if (aws) return handleAwsHost(aws, path, request, response);
    const api = isReserved(path) || !httpApis?.serves(path) ? undefined : httpApis;
    if (functionUrls && /^\/_urls\//.test(path)) {
      const foreign = checkHost(request);
      if (foreign !== undefined) return replyMessage(request, response, 403, foreign);
      return functionUrls.handle(request, response);
    }
    const rejection = api ? checkHost(request) : checkRequest(request);
    if (rejection !== undefined) return replyMessage(request, response, 403, rejection);
    if (api) return api.handle(request, response);
    const file =
      (await readWebFile(options.website, method, path)) ??
      (method === 'GET' ? await readServedFile(options.served ?? {}, path) : undefined);
    if (file) return reply(response, 200, file.contentType, file.body, { ...file.headers, ...NO_CACHE });
    if (webSocketApis && isConnectionsPath(path)) return webSocketApis.handleConnections(request, response);
    if (method === 'POST') {
      const handled = handleAwsRequest(path, request, response);
      if (handled) return handled;
    }
    const handlers = findConsoleHandlers(consoleOptions, path);
    if (handlers) {
      for (const [name, value] of Object.entries(NO_FRAMING)) response.setHeader(name, value);
      const foreign = checkChange(request);
      if (foreign !== undefined) return replyMessage(request, response, 403, foreign);
      return runHandler(handlers, method, path, request, response);
    }
    if (httpApis?.exist && !isReserved(path)) return httpApis.handle(request, response);
    replyMessage(request, response, 404, noRoute(request));
  }

  /** Handles a request that a function sent to an AWS host. */
  function handleAwsHost(
    host: AwsHost,
    path: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): void | Promise<void> {
    const { region = host.region } = options;
    const isServed = host.region === undefined || host.region === region;
    if (isServed && host.service === 'execute-api') {
      return handleApiHost(host.prefix, path, request, response);
    }
    if (isServed && host.service === 'lambda-url' && functionUrls) {
      return functionUrls.handle(request, response, host.prefix);
    }
    if (isServed && Object.hasOwn(services, host.service)) {
      // SDK v2 posts to the path of the queue's URL.
      const isJson = request.headers['x-amz-target'] !== undefined;
      return (
        handleAwsRequest(isJson ? '/' : path, request, response) ??
        replyMessage(request, response, 404, noRoute(request))
      );
    }
    rejectAwsRequest(request, response, describeRejection(host, request, region), options);
  }

  /** Handles a request to `API_ID.execute-api.REGION.amazonaws.com`. */
  function handleApiHost(
    apiId: string,
    path: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): void | Promise<void> {
    if (httpApis?.has(apiId)) return httpApis.handle(request, response, apiId);
    if (webSocketApis && isConnectionsPath(path)) {
      return webSocketApis.handleConnections(request, response, apiId);
    }
    replyMessage(request, response, 403, 'Forbidden');
  }

  /** Handles a request to an AWS service. Returns undefined if the path is not one of a service. */
  function handleAwsRequest(
    path: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> | undefined {
    const { lambda, xray } = services;
    if (path === '/') return handleJsonProtocol(services, request, response, options.log, options.findSigner);
    const functionName = findInvokedFunction(path);
    if (functionName !== undefined && lambda) {
      return handleInvoke(lambda, functionName, request, response, options.log, options.findSigner);
    }
    const action = findXRayAction(path);
    if (action !== undefined && xray) return handleXRay(xray, action, request, response, options.log);
    return undefined;
  }

  function fail(request: IncomingMessage, response: ServerResponse, error: unknown): void {
    if (request.destroyed && !request.complete) return;
    options.log?.({ failed: 'http', reason: error instanceof Error ? error.stack : String(error) });
    if (response.headersSent) response.destroy();
    else replyMessage(request, response, 500, `Internal error in the local runtime: ${error}`);
  }

  return server;
}

function runHandler(
  handlers: Handlers,
  method: string,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): void | Promise<void> {
  const handler = Object.hasOwn(handlers, method) ? handlers[method] : undefined;
  if (handler) return handler(request, response);
  const allow = Object.keys(handlers).join(', ');
  replyMessage(request, response, 405, `${path} does not support ${method}. Use ${allow}.`, { allow });
}

async function readWebFile(website: Website | undefined, method: string, path: string) {
  if (!website || (method !== 'GET' && method !== 'HEAD')) return undefined;
  return path === '/' || !isReserved(path) ? website.file(path) : undefined;
}

/** Replies without reading the request body. Drains it, because the client may read the response only afterwards. */
function replyMessage(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  message: string,
  headers?: Record<string, string>,
): void {
  request.resume();
  replyJson(response, status, { message }, headers);
}

function noRoute({ method, url = '/' }: IncomingMessage): string {
  return `No route matches ${method} ${pathOf(url)}.`;
}

function pathOf(url: string): string {
  const query = url.indexOf('?');
  return query < 0 ? url : url.slice(0, query);
}

/** Returns whether a path belongs to the runtime and cannot be a route of an HTTP API. */
function isReserved(path: string): boolean {
  return (
    path === '/' ||
    path.startsWith('/_local/') ||
    path.startsWith('/_urls/') ||
    isConnectionsPath(path) ||
    findInvokedFunction(path) !== undefined
  );
}

/**
 * Matches `/STAGE/@connections/ID` and `/_apis/API_ID/STAGE/@connections/ID`. Some clients encode the `@`. The SDK sends
 * two slashes if its endpoint ends with one.
 */
function isConnectionsPath(path: string): boolean {
  return /^\/(?:_apis\/[^/]+\/)?[^/]+\/+(?:@|%40)connections(?:\/|$)/i.test(path);
}
