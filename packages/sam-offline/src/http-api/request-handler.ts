import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AccountRates } from '../api-gateway/account-rates';
import { readBody } from '../http/body';
import { decodePath } from '../http/decode';
import { exceedsHeaderQuota } from '../http/header-quota';
import {
  type CorsModel,
  createCorsHeaders,
  createPreflightHeaders,
  isPreflight,
} from '../http-invocation/cors';
import { createRequestId } from '../http-invocation/event';
import type { HttpResult } from '../http-invocation/proxy-result';
import type { RouteRequest } from '../iam/access-control';
import type { ApiDirectory, FoundApi } from './api-directory';
import type { Authorize } from './authorization';
import { createGatewayResult, type GatewayStatus } from './gateway-result';
import type { Integrations } from './integrations';
import type { Match } from './routes';

interface RequestHandlerOptions {
  readonly accountId: string;
  readonly region: string;
  readonly directory: ApiDirectory;
  readonly rates: AccountRates;
  readonly maxBodyBytes: number;
  readonly authorize: Authorize;
  readonly integrations: Integrations;
  /** Returns epoch milliseconds. */
  readonly wallClock: () => number;
  readonly log: (line: object) => void;
}

/** A request to an API. */
interface ApiRequest {
  readonly request: IncomingMessage;
  readonly requestId: string;
  /** The decoded path, including the stage. */
  readonly path: string;
  /** The API that serves the path. Absent if no API serves the path. */
  readonly found: FoundApi | undefined;
}

/** Handles the requests to HTTP APIs: preflights, throttling, authorization, integrations and CORS headers. */
export class RequestHandler {
  constructor(private readonly options: RequestHandlerOptions) {}

  /**
   * Handles a request to the API with this ID or, without an ID, to the API that serves the path. Rejects only if the client
   * disconnects.
   */
  async handle(request: IncomingMessage, response: ServerResponse, apiId?: string): Promise<void> {
    const path = decodePath((request.url ?? '/').replace(/\?.*$/s, ''));
    const found = this.options.directory.find(path, apiId);
    const requestId = createRequestId();
    const cors = found?.api.model.cors;
    const { method = 'GET', headers } = request;
    const isOwnReply = cors !== undefined && isPreflight(method, headers);
    if (isOwnReply) request.resume();
    // API Gateway responds to preflight requests without an integration. They count towards the account's request quota.
    if (isOwnReply && this.options.rates.takeRequest()) {
      response.writeHead(204, { ...createPreflightHeaders(cors, headers), 'apigw-requestid': requestId });
      response.end();
      found?.api.metrics.recordRequest(204);
      return;
    }
    const result = isOwnReply
      ? createGatewayResult(429)
      : await this.route({ request, requestId, path, found });
    found?.api.metrics.recordRequest(result.statusCode);
    sendResult(response, result, { cors, origin: headers.origin, requestId });
  }

  /** Checks a request before reading its body, then runs its route. */
  private async route(apiRequest: ApiRequest): Promise<HttpResult> {
    const { rates, maxBodyBytes } = this.options;
    const { request, found } = apiRequest;
    const match = found?.api.routes.match(request.method ?? 'GET', found.rest);
    const reject = (status: GatewayStatus) => {
      request.resume();
      return createGatewayResult(status);
    };
    if (exceedsHeaderQuota(request)) return reject(431);
    if (!rates.takeRequest()) return reject(429);
    if (!found || !match) return reject(404);
    if (found.api.buckets.get(match.route)?.() === false) return reject(429);
    const body = await readBody(request, maxBodyBytes);
    if (body === undefined) return createGatewayResult(413);
    return this.runRoute(apiRequest, found, match, body);
  }

  private async runRoute(
    { request, requestId, path }: ApiRequest,
    found: FoundApi,
    match: Match,
    body: Buffer,
  ): Promise<HttpResult> {
    const { accountId, region, authorize, integrations, wallClock, log } = this.options;
    const now = wallClock();
    const anonymous = { api: found.api.model, accountId, region, match, requestId, path, body, now };
    const access = await authorize(request, match, anonymous, toRouteRequest(request, found, body, now));
    if ('status' in access) {
      const { routeKey } = match.route;
      log({ failed: 'authorization', reason: access.reason, routeKey, requestId });
      return createGatewayResult(access.status, access.headers);
    }
    return integrations.run(request, { ...anonymous, identity: access.identity });
  }
}

interface ResponseFacts {
  readonly cors: CorsModel | undefined;
  readonly origin: string | undefined;
  readonly requestId: string;
}

function sendResult(
  response: ServerResponse,
  { statusCode, headers, cookies, body }: HttpResult,
  { cors, origin, requestId }: ResponseFacts,
): void {
  response.writeHead(statusCode, {
    ...(cors ? removeCorsHeaders(headers) : headers),
    ...(cookies.length > 0 ? { 'set-cookie': [...cookies] } : {}),
    ...(cors ? createCorsHeaders(cors, origin) : {}),
    ...(statusCode === 204 ? {} : { 'content-length': body.length }),
    'apigw-requestid': requestId,
  });
  response.end(statusCode === 204 ? undefined : body);
}

/** An API with a CORS configuration ignores the CORS headers that its functions return. */
function removeCorsHeaders(headers: HttpResult['headers']): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith('access-control-')));
}

function toRouteRequest(
  { method = 'GET', url = '/', headers }: IncomingMessage,
  { api, rest }: FoundApi,
  body: Buffer,
  now: number,
): RouteRequest {
  const { apiId, stage } = api.model;
  return { method, url, headers, body, apiId, stage, route: `${method}${rest}`, now };
}
