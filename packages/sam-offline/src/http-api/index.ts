import type { IncomingMessage, ServerResponse } from 'node:http';
import { type AccountRates, UNLIMITED_RATES } from '../api-gateway/account-rates';
import { discardMetrics, type OpenMetric } from '../core/metrics';
import type { Invoke } from '../core/service';
import { decodePath } from '../http/decode';
import type { IamCaller, RouteRequest } from '../iam/access-control';
import { ApiDirectory } from './api-directory';
import { createAuthorization } from './authorization';
import { Integrations } from './integrations';
import type { HttpApiModel } from './model';
import { RequestHandler } from './request-handler';

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

const MAX_BODY_BYTES = 10 * 1024 * 1024;

/**
 * Creates the HTTP APIs of an application, as in API Gateway: both payload formats, authorizers, CORS, throttling and API
 * Gateway's own error responses. On AWS, each API has a host. Here, the first API with the stage `$default` is served at the root, the
 * first API with any other stage at `/STAGE`, and every API at `/_apis/API_ID`.
 */
export function createHttpApis(options: HttpApisOptions): HttpApis {
  const { accountId, region, invoke, log = () => undefined } = options;
  const directory = new ApiDirectory(
    options.apis,
    options.clock ?? (() => performance.now()),
    options.openMetric ?? discardMetrics,
  );
  const handler = new RequestHandler({
    accountId,
    region,
    directory,
    rates: options.rates ?? UNLIMITED_RATES,
    maxBodyBytes: options.maxBodyBytes ?? MAX_BODY_BYTES,
    authorize: createAuthorization({ invoke, findCaller: options.authorize ?? (() => undefined) }),
    integrations: new Integrations(invoke, log),
    wallClock: options.wallClock ?? Date.now,
    log,
  });
  return {
    exist: !directory.isEmpty,
    serves: (path) => directory.find(decodePath(path)) !== undefined,
    has: (apiId) => directory.has(apiId),
    handle: (request, response, apiId) => handler.handle(request, response, apiId),
  };
}
