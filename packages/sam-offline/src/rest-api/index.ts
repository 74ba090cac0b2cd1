import { UNLIMITED_RATES } from '../api-gateway/account-rates';
import type { IntegrationPorts } from '../api-gateway/backends/types';
import { MAX_BODY_BYTES, type RequestApis, type RequestApisOptions } from '../api-gateway/request-apis';
import { discardMetrics } from '../core/metrics';
import type { RecordSegment } from '../traces/segment';
import { ApiDirectory } from './api-directory';
import { createAuthorization } from './authorization';
import type { RestApiModel } from './model';
import { RequestHandler } from './request-handler';

export interface RestApisOptions extends RequestApisOptions, IntegrationPorts {
  readonly apis: readonly RestApiModel[];
  /** Records the segments of stages with active tracing. If absent, stages do not have active tracing. */
  readonly segments?: RecordSegment;
}

/**
 * Creates the REST APIs of an application. On AWS, each API has its own host. The runtime serves an API at `/STAGE` and at
 * `/_apis/API_ID/STAGE`. It also serves a path at the root if only one API has the path.
 */
export function createRestApis(options: RestApisOptions): RequestApis {
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
    authorize: createAuthorization(options.authorize ?? (() => undefined)),
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
