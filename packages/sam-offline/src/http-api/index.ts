import type { IncomingMessage, ServerResponse } from 'node:http';
import { type AccountRates, UNLIMITED_RATES } from '../api-gateway/account-rates';
import { describeFunctionError } from '../api-gateway/function-error';
import type { MappedIntegration } from '../api-gateway/model';
import { discardMetrics, type OpenMetric, type RecordValue } from '../core/metrics';
import { AwsError, type Invoke } from '../core/service';
import { readBody } from '../http/body';
import { decodePath } from '../http/decode';
import { exceedsHeaderQuota } from '../http/header-quota';
import { createCorsHeaders, createPreflightHeaders, isPreflight } from '../http-invocation/cors';
import {
  createHttpEvent,
  createRequestId,
  type HttpEvent,
  type RequestFacts,
} from '../http-invocation/event';
import { type HttpResult, parseHttpResult, parseHttpResultV1 } from '../http-invocation/proxy-result';
import type { IamCaller, RouteRequest } from '../iam/access-control';
import { createTokenBucket } from '../time/token-bucket';
import { createAuthorization } from './authorization';
import { createHttpEventV1 } from './event-v1';
import { forwardRequest } from './http-proxy';
import type { HttpApiModel, HttpRouteModel } from './model';
import { compileRoutes, type Match, type Routes } from './routes';

export interface HttpApisOptions {
  readonly apis: readonly HttpApiModel[];
  readonly accountId: string;
  readonly region: string;
  readonly invoke: Invoke;
  /** Returns the caller of a route with IAM authorization; undefined if the request is refused. Default: all are refused. */
  readonly authorize?: (request: RouteRequest) => IamCaller | undefined;
  /** The maximum size of a request body in bytes. Default: 10 MB, the limit of HTTP APIs. */
  readonly maxBodyBytes?: number;
  /** Returns milliseconds, for throttling. Default: performance.now. */
  readonly clock?: () => number;
  /** Returns the time of events in epoch milliseconds. Default: Date.now. */
  readonly wallClock?: () => number;
  /** The rates of the account. Default: not limited. */
  readonly rates?: AccountRates;
  /** Called when an integration fails or a request is not authorized, with the reason that the client does not receive. */
  readonly log?: (line: object) => void;
  /** Records the number of requests of each API. */
  readonly openMetric?: OpenMetric;
}

export interface HttpApis {
  /** Whether the application has an HTTP API. */
  readonly exist: boolean;
  /** Returns whether a path matches a route of an API, with any method. */
  serves(path: string): boolean;
  /** Returns whether the application has an HTTP API with this ID. */
  has(apiId: string): boolean;
  /** Handles a request to any API, or to the API with this ID. Rejects only if the client disconnects. */
  handle(request: IncomingMessage, response: ServerResponse, apiId?: string): Promise<void>;
}

/** The messages of API Gateway's own responses. */
const MESSAGES = {
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  413: 'Request Entity Too Large',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
} as const;

const MAX_BODY_BYTES = 10 * 1024 * 1024;
const TIMED_OUT = Symbol('timed out');

interface Api {
  readonly model: HttpApiModel;
  readonly routes: Routes;
  /** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html */
  readonly countRequest: RecordValue;
  /** Token buckets of the throttled routes. */
  readonly buckets: ReadonlyMap<HttpRouteModel, () => boolean>;
}

/**
 * Creates the HTTP APIs of an application, as in API Gateway: both payload formats, authorizers, CORS, throttling and API
 * Gateway's own error responses. On AWS, each API has a host. Here, the first API with the stage `$default` is served at the root, the
 * first API with any other stage at `/STAGE`, and every API at `/_apis/API_ID`.
 */
export function createHttpApis(options: HttpApisOptions): HttpApis {
  const clock = options.clock ?? (() => performance.now());
  const rates = options.rates ?? UNLIMITED_RATES;
  const maxBodyBytes = options.maxBodyBytes ?? MAX_BODY_BYTES;
  const authorize = createAuthorization({
    invoke: options.invoke,
    findCaller: options.authorize ?? (() => undefined),
  });
  // API Gateway does not serve a stage without a deployment.
  const deployed = options.apis.filter(({ isDeployed }) => isDeployed);
  const apis = deployed.map((model) => createApi(model, clock, options.openMetric ?? discardMetrics));

  /** The APIs that are served at `/STAGE` or at the root: the first one with each stage name. */
  const firstApis = apis.filter(
    ({ model }) => apis.find((other) => other.model.stage === model.stage)?.model === model,
  );

  /** Returns the API of a path. Named stages take precedence over `$default`. */
  function findApi(fullPath: string, hostId?: string): { api: Api; rest: string } | undefined {
    const [, pathId, ownPath] = /^\/_apis\/([^/]+)(.*)$/s.exec(hostId === undefined ? fullPath : '') ?? [];
    const apiId = hostId ?? pathId;
    const candidates = apiId === undefined ? firstApis : apis.filter(({ model }) => model.apiId === apiId);
    const path = ownPath === '' ? '/' : (ownPath ?? fullPath);
    for (const isNamed of [true, false]) {
      for (const api of candidates) {
        const { stage } = api.model;
        if ((stage !== '$default') !== isNamed) continue;
        const prefix = isNamed ? `/${stage}` : '';
        if (path !== prefix && !path.startsWith(`${prefix}/`)) continue;
        const rest = path.slice(prefix.length) || '/';
        if (api.routes.has(rest)) return { api, rest };
      }
    }
    return undefined;
  }

  async function handle(request: IncomingMessage, response: ServerResponse, apiId?: string): Promise<void> {
    const path = decodePath((request.url ?? '/').replace(/\?.*$/s, ''));
    const found = findApi(path, apiId);
    found?.api.countRequest();
    const requestId = createRequestId();
    const cors = found?.api.model.cors;
    const { method = 'GET', headers } = request;
    const isOwnReply = cors !== undefined && isPreflight(method, headers);
    if (isOwnReply) request.resume();
    // API Gateway answers preflights itself, but they are requests, which the account's quota covers.
    if (isOwnReply && rates.takeRequest()) {
      response.writeHead(204, { ...createPreflightHeaders(cors, headers), 'apigw-requestid': requestId });
      response.end();
      return;
    }
    const result = isOwnReply ? createGatewayResult(429) : await route(request, path, found, requestId);
    const resultHeaders = cors ? removeCorsHeaders(result.headers) : result.headers;
    response.writeHead(result.statusCode, {
      ...resultHeaders,
      ...(result.cookies.length > 0 ? { 'set-cookie': [...result.cookies] } : {}),
      ...(cors ? createCorsHeaders(cors, headers.origin) : {}),
      ...(result.statusCode === 204 ? {} : { 'content-length': result.body.length }),
      'apigw-requestid': requestId,
    });
    response.end(result.statusCode === 204 ? undefined : result.body);
  }

  async function route(
    request: IncomingMessage,
    path: string,
    found: ReturnType<typeof findApi>,
    requestId: string,
  ): Promise<HttpResult> {
    const match = found?.api.routes.match(request.method ?? 'GET', found.rest);
    const reject = (status: keyof typeof MESSAGES) => {
      request.resume();
      return createGatewayResult(status);
    };
    if (exceedsHeaderQuota(request)) return reject(431);
    if (!rates.takeRequest()) return reject(429);
    if (!found || !match) return reject(404);
    const { api } = found;
    if (api.buckets.get(match.route)?.() === false) return reject(429);
    const body = await readBody(request, maxBodyBytes);
    if (body === undefined) return createGatewayResult(413);
    const { accountId, region } = options;
    const now = (options.wallClock ?? Date.now)();
    const anonymous = { api: api.model, accountId, region, match, requestId, path, body, now };
    const access = await authorize(request, match, anonymous, toRouteRequest(request, found, body, now));
    if ('status' in access) {
      const { routeKey } = match.route;
      options.log?.({ failed: 'authorization', reason: access.reason, routeKey, requestId });
      return createGatewayResult(access.status, access.headers);
    }
    const facts = { ...anonymous, identity: access.identity };
    const { integration } = match.route;
    if (integration.type === 'HTTP_PROXY')
      return forward(match, createHttpEvent(request, facts), facts, request.method ?? 'GET');
    const hasFormat1 = integration.type === 'AWS_PROXY' && integration.payloadFormat === '1.0';
    const event = (hasFormat1 ? createHttpEventV1 : createHttpEvent)(request, facts);
    return runIntegration(match, event, requestId, hasFormat1 ? parseHttpResultV1 : parseHttpResult);
  }

  /** Forwards a request to the server of an HTTP_PROXY integration. */
  async function forward(
    { route: { routeKey, integration }, pathParameters }: Match,
    { headers: ownHeaders, cookies, rawQueryString }: HttpEvent,
    { api, body, requestId }: RequestFacts,
    method: string,
  ): Promise<HttpResult> {
    const { stageVariables } = api;
    const headers = cookies === undefined ? ownHeaders : { ...ownHeaders, cookie: cookies.join('; ') };
    const request = { method, headers, rawQueryString, pathParameters, stageVariables, body };
    try {
      return await forwardRequest(integration as MappedIntegration, request);
    } catch (error) {
      options.log?.({ failed: 'integration', reason: `No response: ${error}`, routeKey, requestId });
      return createGatewayResult(503);
    }
  }

  /** Runs the function. After a timeout, the invocation continues until the function's own timeout, as on AWS. */
  async function runIntegration(
    { route }: Match,
    event: unknown,
    requestId: string,
    parse: typeof parseHttpResult,
  ): Promise<HttpResult> {
    const { routeKey, integration } = route;
    const { timeoutMillis } = integration;
    if (integration.type !== 'AWS_PROXY' || integration.denial !== undefined) {
      const reason = 'denial' in integration ? integration.denial : `Unsupported type ${integration.type}`;
      options.log?.({ failed: 'integration', reason, routeKey, requestId });
      return createGatewayResult(500);
    }
    const { functionArn } = integration;
    const fail = (status: 413 | 500 | 503, reason: string) => {
      options.log?.({ failed: 'integration', reason, functionArn, routeKey, requestId });
      return createGatewayResult(status);
    };
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<typeof TIMED_OUT>((resolve) => {
      timer = setTimeout(resolve, timeoutMillis, TIMED_OUT);
    });
    try {
      const invocation = await Promise.race([options.invoke(functionArn, event), timeout]);
      if (invocation === TIMED_OUT) return fail(503, `No response within ${timeoutMillis} ms`);
      const { payload, functionError } = invocation;
      if (functionError !== undefined) {
        return fail(500, describeFunctionError(functionError, payload));
      }
      const result = parse(payload);
      return typeof result === 'string' ? fail(500, result) : result;
    } catch (error) {
      const status = error instanceof AwsError ? error.status : undefined;
      const reason = `The function could not be invoked: ${error}`;
      return fail(status === 413 ? 413 : status === 429 ? 503 : 500, reason);
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    exist: apis.length > 0,
    serves: (path) => findApi(decodePath(path)) !== undefined,
    has: (apiId) => apis.some(({ model }) => model.apiId === apiId),
    handle,
  };
}

function toRouteRequest(
  { method = 'GET', url = '/', headers }: IncomingMessage,
  { api, rest }: { api: Api; rest: string },
  body: Buffer,
  now: number,
): RouteRequest {
  const { apiId, stage } = api.model;
  return { method, url, headers, body, apiId, stage, route: `${method}${rest}`, now };
}

function createApi(model: HttpApiModel, clock: () => number, openMetric: OpenMetric): Api {
  const buckets = model.routes.flatMap((route) =>
    route.throttle ? [[route, createTokenBucket(route.throttle, clock)] as const] : [],
  );
  const countRequest = openMetric({
    namespace: 'AWS/ApiGateway',
    name: 'Count',
    unit: 'Count',
    dimensions: { ApiId: model.apiId },
  });
  return { model, routes: compileRoutes(model), countRequest, buckets: new Map(buckets) };
}

function createGatewayResult(
  statusCode: keyof typeof MESSAGES,
  headers: Readonly<Record<string, string>> = {},
): HttpResult {
  const body = Buffer.from(JSON.stringify({ message: MESSAGES[statusCode] }));
  return { statusCode, headers: { 'content-type': 'application/json', ...headers }, cookies: [], body };
}

/** An API with a CORS configuration ignores the CORS headers that its functions return. */
function removeCorsHeaders(headers: HttpResult['headers']): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith('access-control-')));
}
