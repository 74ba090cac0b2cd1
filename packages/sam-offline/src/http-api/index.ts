import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HttpApiModel, HttpRouteModel } from '../core/model';
import { AwsError, UnsupportedError } from '../core/service';
import type { Invoke } from '../gateway';
import { readBody } from '../http/body';
import { isPreflight, preflightHeaders, responseHeaders } from './cors';
import { httpEvent, newRequestId } from './event';
import { type HttpResult, parseResult } from './result';
import { type Match, type Routes, routesOf } from './routes';
import { tokenBucket } from './throttle';

export interface HttpApisOptions {
  readonly apis: readonly HttpApiModel[];
  readonly accountId: string;
  readonly invoke: Invoke;
  /** The largest body of a request, in bytes; default 10 MB, the service's own limit. */
  readonly maxBodyBytes?: number;
  /** Milliseconds, for the limits on requests; default performance.now. */
  readonly clock?: () => number;
  /** Told of integrations that failed, with the reason the client does not see. */
  readonly log?: (line: object) => void;
}

export interface HttpApis {
  /** Whether there is any. */
  readonly exist: boolean;
  /** Whether a path belongs to an API, whatever the method. */
  serves(path: string): boolean;
  /** Answers a request to such a path; rejects only if the client goes away. */
  answer(request: IncomingMessage, response: ServerResponse): Promise<void>;
}

/** What the client is told where there is no function's answer. */
const MESSAGES = {
  404: 'Not Found',
  413: 'Request Entity Too Large',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
} as const;

const MAX_BODY_BYTES = 10 * 1024 * 1024;
const TIMED_OUT = Symbol('timed out');

interface Api {
  readonly model: HttpApiModel;
  readonly routes: Routes;
  readonly buckets: ReadonlyMap<HttpRouteModel, () => boolean>;
}

/**
 * The HTTP APIs of an app, as API Gateway runs them: payload format 2.0, CORS answered by the gateway itself, limits
 * on requests, errors in its own words. An API whose stage is `$default` answers at the root, any other at `/STAGE`.
 *
 * @throws UnsupportedError for two APIs with a stage of the same name: on AWS their hosts tell them apart.
 */
export function createHttpApis(options: HttpApisOptions): HttpApis {
  const clock = options.clock ?? (() => performance.now());
  const maxBodyBytes = options.maxBodyBytes ?? MAX_BODY_BYTES;
  const apis = options.apis.map((model) => apiOf(model, clock));
  refuseSameStage(options.apis);

  /** A path's API: one whose stage is named goes before the one at the root. */
  function find(path: string): { api: Api; rest: string } | undefined {
    for (const named of [true, false]) {
      for (const api of apis) {
        const { stage } = api.model;
        if ((stage !== '$default') !== named) continue;
        const prefix = named ? `/${stage}` : '';
        if (path !== prefix && !path.startsWith(`${prefix}/`)) continue;
        const rest = path.slice(prefix.length) || '/';
        if (api.routes.has(rest)) return { api, rest };
      }
    }
    return undefined;
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = pathOf(request);
    const found = find(path);
    const requestId = newRequestId();
    const cors = found?.api.model.cors;
    const { method = 'GET', headers } = request;
    if (cors && isPreflight(method, headers)) {
      request.resume();
      response.writeHead(204, { ...preflightHeaders(cors, headers), 'apigw-requestid': requestId });
      response.end();
      return;
    }
    const result = await resultOf(request, path, found, requestId);
    const own = cors ? withoutCors(result.headers) : result.headers;
    response.writeHead(result.statusCode, {
      ...own,
      ...(result.cookies.length > 0 ? { 'set-cookie': [...result.cookies] } : {}),
      ...(cors ? responseHeaders(cors, headers.origin) : {}),
      ...(result.statusCode === 204 ? {} : { 'content-length': result.body.length }),
      'apigw-requestid': requestId,
    });
    response.end(result.statusCode === 204 ? undefined : result.body);
  }

  async function resultOf(
    request: IncomingMessage,
    path: string,
    found: ReturnType<typeof find>,
    requestId: string,
  ): Promise<HttpResult> {
    const match = found?.api.routes.match(request.method ?? 'GET', found.rest);
    const refuse = (status: keyof typeof MESSAGES) => {
      request.resume();
      return gatewayResult(status);
    };
    if (!found || !match) return refuse(404);
    const { api } = found;
    if (api.buckets.get(match.route)?.() === false) return refuse(429);
    const body = await readBody(request, maxBodyBytes);
    if (body === undefined) return gatewayResult(413);
    const facts = { api: api.model, accountId: options.accountId, match, requestId, path, body };
    return integrate(match, httpEvent(request, facts), requestId);
  }

  /** Runs the function; after a timeout the invocation itself goes on until the function's own, as on AWS. */
  async function integrate({ route }: Match, event: unknown, requestId: string): Promise<HttpResult> {
    const { functionArn, routeKey, timeoutMillis } = route;
    const fail = (status: 500 | 503, reason: string) => {
      options.log?.({ failed: 'integration', reason, functionArn, routeKey, requestId });
      return gatewayResult(status);
    };
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<typeof TIMED_OUT>((resolve) => {
      timer = setTimeout(resolve, timeoutMillis, TIMED_OUT);
    });
    try {
      const answered = await Promise.race([options.invoke(functionArn, event), timeout]);
      if (answered === TIMED_OUT) return fail(503, `no answer within ${timeoutMillis} ms`);
      const { payload, functionError } = answered;
      if (functionError !== undefined) {
        return fail(500, `the function failed (${functionError}): ${JSON.stringify(payload)}`);
      }
      const result = parseResult(payload);
      return typeof result === 'string' ? fail(500, result) : result;
    } catch (error) {
      const isThrottled = error instanceof AwsError && error.status === 429;
      return fail(isThrottled ? 503 : 500, `the function was not invoked: ${error}`);
    } finally {
      clearTimeout(timer);
    }
  }

  return { exist: apis.length > 0, serves: (path) => find(decoded(path)) !== undefined, answer };
}

function apiOf(model: HttpApiModel, clock: () => number): Api {
  const limited = model.routes.flatMap((route) =>
    route.throttle ? [[route, tokenBucket(route.throttle, clock)] as const] : [],
  );
  return { model, routes: routesOf(model), buckets: new Map(limited) };
}

function refuseSameStage(apis: readonly HttpApiModel[]): void {
  const seen = new Map<string, HttpApiModel>();
  for (const api of apis) {
    const other = seen.get(api.stage);
    if (other) {
      throw new UnsupportedError(
        `HTTP APIs ${other.logicalId} and ${api.logicalId} both have the stage "${api.stage}". ` +
          'Here the path names the stage: give them different names.',
      );
    }
    seen.set(api.stage, api);
  }
}

/** An answer of the gateway's own. */
export function gatewayResult(statusCode: keyof typeof MESSAGES): HttpResult {
  const body = Buffer.from(JSON.stringify({ message: MESSAGES[statusCode] }));
  return { statusCode, headers: { 'content-type': 'application/json' }, cookies: [], body };
}

/** Where the API has a CORS configuration, what the function says of CORS is ignored. */
function withoutCors(headers: HttpResult['headers']): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith('access-control-')));
}

function pathOf(request: IncomingMessage): string {
  return decoded((request.url ?? '/').replace(/\?.*$/s, ''));
}

/** API Gateway decodes a path before it is matched and handed on; what cannot be decoded stays as it is. */
function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
