import { UNLIMITED_RATES } from '../api-gateway/account-rates';
import type { IntegrationPorts } from '../api-gateway/backends/types';
import { MAX_BODY_BYTES, type RequestApis, type RequestApisOptions } from '../api-gateway/request-apis';
import { discardMetrics } from '../core/metrics';
import type { Invoke } from '../core/service';
import { decodePath } from '../http/decode';
import { ApiDirectory } from './api-directory';
import { createAuthorization } from './authorization';
import { Integrations } from './integrations';
import type { HttpApiModel } from './model';
import { RequestHandler } from './request-handler';

export interface HttpApisOptions extends RequestApisOptions, Pick<IntegrationPorts, 'callService'> {
  readonly apis: readonly HttpApiModel[];
  readonly invoke: Invoke;
}

/**
 * Creates the HTTP APIs of an application. Emulates both payload formats, authorizers, CORS, throttling and API Gateway's error
 * responses. On AWS, each API has its own host. The runtime serves the first API with the stage `$default` at the root, the
 * first API with another stage name at `/STAGE`, and every API at `/_apis/API_ID`.
 */
export function createHttpApis(options: HttpApisOptions): RequestApis {
  const { accountId, region, invoke, callService, log = () => undefined } = options;
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
    integrations: new Integrations(invoke, log, callService),
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
