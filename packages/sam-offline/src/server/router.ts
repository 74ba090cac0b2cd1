import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestApis } from '../api-gateway/request-apis';
import { type AwsHost, parseAwsHost } from '../aws/aws-host';
import { type ConsoleOptions, findConsoleHandlers, type Handlers } from '../console';
import type { Service } from '../core/service';
import type { Faults } from '../faults/faults';
import type { FunctionUrls } from '../function-urls';
import { NO_FRAMING } from '../http/no-framing';
import { reply, replyJson } from '../http/reply';
import type { Website } from '../website';
import { readServedFile, type ServedFolders } from '../website/served-folders';
import type { WebSocketApis } from '../websocket-api';
import { describeMissingAction, describeRejection, rejectAwsRequest } from './aws-hosts';
import type { FindSigner } from './call-context';
import { checkCaller, checkHost, checkRequest } from './guard';
import { handleJsonProtocol } from './json-protocol';
import { findConfigurationAction, handleConfiguration } from './lambda-configuration';
import { findInvokedFunction, handleInvoke } from './lambda-rest';
import { isConnectionsPath, isReserved, pathOf } from './paths';
import { handleQueryProtocol, isQueryRequest } from './query-protocol';
import { findSignedService } from './signed-service';
import { findXRayAction, handleXRay } from './xray-rest';

export interface RouterOptions {
  /** The services by name: `dynamodb`, `events`, `states`, `sqs`, `secretsmanager`, `ssm`, `lambda`, `xray`. */
  readonly services: Record<string, Service>;
  /** Identifies the function that signed a request. If absent, the developer is the caller of all requests. */
  readonly findSigner?: FindSigner;
  /** The Region of the application. Default: all Regions. */
  readonly region?: string;
  readonly webSocketApis?: WebSocketApis;
  /** The application's HTTP APIs. Reserved paths of the runtime take precedence. */
  readonly httpApis?: RequestApis;
  /** The application's REST APIs. Absent if it has none. */
  readonly restApis?: RequestApis;
  /** The application's function URLs. */
  readonly functionUrls?: FunctionUrls;
  /** The application's static files, served at the root. Reserved paths of the runtime take precedence, except `/`. */
  readonly website?: Website;
  /** Other folders to serve. */
  readonly served?: ServedFolders;
  readonly faults: Faults;
  /** Whether the runtime has started. Until then, `/_local/health` returns 503. */
  readonly ready: () => boolean;
  readonly console?: Pick<ConsoleOptions, 'data' | 'pages'>;
  /** Called with internal errors of the runtime. */
  readonly log?: (line: object) => void;
}

/** Prevents browsers from caching web files, because they change during development. */
const NO_CACHE = { 'cache-control': 'no-cache' };

/** Routes requests to handlers. Selects the handler by AWS host name or, for other hosts, by path. */
export class RequestRouter {
  private readonly consoleOptions: ConsoleOptions;

  constructor(private readonly options: RouterOptions) {
    const { webSocketApis, faults, ready } = options;
    this.consoleOptions = { ...options.console, webSocketApis, faults, ready };
  }

  /** Handles a request. May reject. */
  async route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { webSocketApis, httpApis, restApis, functionUrls } = this.options;
    const { url = '/', method = 'GET' } = request;
    const path = pathOf(url);
    const aws = parseAwsHost(request.headers.host ?? '');
    if (aws) return this.handleAwsHost(aws, path, request, response);
    const api = this.findApi(path, request);
    if (functionUrls && /^\/_urls\//.test(path)) {
      const foreign = checkHost(request);
      if (foreign !== undefined) return replyMessage(request, response, 403, foreign);
      return functionUrls.handle(request, response);
    }
    const rejection = api ? checkHost(request) : checkRequest(request);
    if (rejection !== undefined) return replyMessage(request, response, 403, rejection);
    if (api) return api.handle(request, response);
    const file =
      (await readWebFile(this.options.website, request, path)) ??
      (method === 'GET' ? await readServedFile(this.options.served ?? {}, path) : undefined);
    if (file) return reply(response, 200, file.contentType, file.body, { ...file.headers, ...NO_CACHE });
    const foreign = checkCaller(request);
    if (foreign !== undefined) return replyMessage(request, response, 403, foreign);
    if (webSocketApis && isConnectionsPath(path)) return webSocketApis.handleConnections(request, response);
    const handled = this.handleAwsRequest(path, request, response);
    if (handled) return handled;
    const handlers = findConsoleHandlers(this.consoleOptions, path);
    if (handlers) {
      for (const [name, value] of Object.entries(NO_FRAMING)) response.setHeader(name, value);
      return runHandler(handlers, method, path, request, response);
    }
    const service = findSignedService(request);
    if (service !== undefined && service !== 'execute-api')
      return rejectAwsRequest(request, response, describeCall(service, request), this.options);
    const fallback = [httpApis, restApis].find((apis) => apis?.exist);
    if (fallback && !isReserved(path)) return fallback.handle(request, response);
    replyMessage(request, response, 404, noRoute(request));
  }

  /** Finds the API that serves a path. Calls of AWS services and the website also use the path `/`, and take precedence. */
  private findApi(path: string, request: IncomingMessage): RequestApis | undefined {
    const { httpApis, restApis, website } = this.options;
    if (path === '/' ? isAwsCall(request) || (website && isRead(request)) : isReserved(path))
      return undefined;
    return [httpApis, restApis].find((apis) => apis?.serves(path));
  }

  /** Handles a request from a function to an AWS host. */
  private handleAwsHost(
    host: AwsHost,
    path: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): void | Promise<void> {
    const { region = host.region, functionUrls, services } = this.options;
    const isServed = host.region === undefined || host.region === region;
    if (isServed && host.service === 'execute-api') {
      return this.handleApiHost(host.prefix, path, request, response);
    }
    if (isServed && host.service === 'lambda-url' && functionUrls) {
      return functionUrls.handle(request, response, host.prefix);
    }
    if (isServed && Object.hasOwn(services, host.service)) {
      // SDK v2 sends requests to the path of the queue URL.
      const isJson = request.headers['x-amz-target'] !== undefined;
      return (
        this.handleAwsRequest(isJson ? '/' : path, request, response) ??
        rejectAwsRequest(request, response, describeCall(host.service, request), this.options)
      );
    }
    rejectAwsRequest(request, response, describeRejection(host, request, region), this.options);
  }

  /** Handles a request to `API_ID.execute-api.REGION.amazonaws.com`. */
  private handleApiHost(
    apiId: string,
    path: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): void | Promise<void> {
    const { httpApis, restApis, webSocketApis } = this.options;
    const api = [httpApis, restApis].find((apis) => apis?.has(apiId));
    if (api) return api.handle(request, response, apiId);
    if (webSocketApis && isConnectionsPath(path)) {
      return webSocketApis.handleConnections(request, response, apiId);
    }
    replyMessage(request, response, 403, 'Forbidden');
  }

  /** Handles a request to an AWS service. Returns undefined if the path does not belong to a service. */
  private handleAwsRequest(
    path: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> | undefined {
    const { services, log, findSigner } = this.options;
    const { lambda, xray } = services;
    const { method } = request;
    const configuration = findConfigurationAction(request);
    if (configuration && lambda)
      return handleConfiguration(lambda, configuration, request, response, log, findSigner);
    if (method !== 'POST') return undefined;
    if (path === '/') {
      const handle = isQueryRequest(request) ? handleQueryProtocol : handleJsonProtocol;
      return handle(services, request, response, log, findSigner);
    }
    const functionName = findInvokedFunction(path);
    if (functionName !== undefined && lambda) {
      return handleInvoke(lambda, functionName, request, response, log, findSigner);
    }
    const action = findXRayAction(path);
    if (action !== undefined && xray) return handleXRay(xray, action, request, response, log);
    return undefined;
  }
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

/** Returns whether a client of an AWS service sent the request. Requests to APIs can be signed too. */
function isAwsCall(request: IncomingMessage): boolean {
  const service = findSignedService(request) ?? 'execute-api';
  return request.headers['x-amz-target'] !== undefined || service !== 'execute-api';
}

const isRead = ({ method }: IncomingMessage) => method === 'GET' || method === 'HEAD';

async function readWebFile(website: Website | undefined, request: IncomingMessage, path: string) {
  if (!website || !isRead(request)) return undefined;
  return path === '/' || !isReserved(path) ? website.file(path) : undefined;
}

/**
 * Replies without reading the request body. Drains the body, because some clients read the response only after they have sent
 * the whole body.
 */
export function replyMessage(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  message: string,
  headers?: Record<string, string>,
): void {
  request.resume();
  replyJson(response, status, { message }, headers);
}

function describeCall(service: string, { method, url = '/' }: IncomingMessage): string {
  return `${describeMissingAction(service, '').replace(/\.$/, '')} (${method} ${pathOf(url)}).`;
}

function noRoute({ method, url = '/' }: IncomingMessage): string {
  return `No route matches ${method} ${pathOf(url)}.`;
}
