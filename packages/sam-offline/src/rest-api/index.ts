import type { IncomingMessage, ServerResponse } from 'node:http';
import { type AccountRates, UNLIMITED_RATES } from '../api-gateway/account-rates';
import type { IntegrationPorts } from '../api-gateway/backends/types';
import { discardMetrics, type OpenMetric } from '../core/metrics';
import type { IamCaller, RouteRequest } from '../iam/access-control';
import { ApiDirectory } from './api-directory';
import { createAuthorization } from './authorization';
import type { RestApiModel } from './model';
import { RequestHandler } from './request-handler';

export interface RestApisOptions extends IntegrationPorts {
  readonly apis: readonly RestApiModel[];
  readonly accountId: string;
  readonly region: string;
  /** Returns the caller of a method with IAM authorization; undefined if the request is refused. Default: all are refused. */
  readonly authorize?: (request: RouteRequest) => IamCaller | undefined;
  /** The maximum size of a request body in bytes. Default: 10 MB, the limit of REST APIs. */
  readonly maxBodyBytes?: number;
  /** Returns milliseconds, for throttling. Default: performance.now. */
  readonly clock?: () => number;
  /** Returns the time of events in epoch milliseconds. Default: Date.now. */
  readonly wallClock?: () => number;
  /** The rates of the account. Default: not limited. */
  readonly rates?: AccountRates;
  /** Called when a request fails or is rejected, with the reason that the client does not receive. */
  readonly log?: (line: object) => void;
  readonly openMetric?: OpenMetric;
}

export interface RestApis {
  /** Whether the application has a REST API. */
  readonly exist: boolean;
  /** Returns whether a path matches a resource of an API. */
  serves(path: string): boolean;
  /** Returns whether the application has a REST API with this ID. */
  has(apiId: string): boolean;
  /** Handles a request to any API, or to the API with this ID. Rejects only if the client disconnects. */
  handle(request: IncomingMessage, response: ServerResponse, apiId?: string): Promise<void>;
}

const MAX_BODY_BYTES = 10 * 1024 * 1024;

/**
 * Creates the REST APIs of an application, as in API Gateway. On AWS, each API has a host. Here, an API is served at
 * `/STAGE` and at `/_apis/API_ID/STAGE`, and at the root if only one API has the path.
 */
export function createRestApis(options: RestApisOptions): RestApis {
  const directory = new ApiDirectory(
    options.apis,
    options.clock ?? (() => performance.now()),
    options.openMetric ?? discardMetrics,
  );
  const handler = new RequestHandler({
    ...options,
    directory,
    rates: options.rates ?? UNLIMITED_RATES,
    maxBodyBytes: options.maxBodyBytes ?? MAX_BODY_BYTES,
    authorize: createAuthorization({
      invoke: options.invoke,
      findCaller: options.authorize ?? (() => undefined),
    }),
    wallClock: options.wallClock ?? Date.now,
    log: options.log ?? (() => undefined),
  });
  return {
    exist: !directory.isEmpty,
    serves: (path) => directory.find(path) !== undefined,
    has: (apiId) => directory.has(apiId),
    handle: (request, response, apiId) => handler.handle(request, response, apiId),
  };
}
