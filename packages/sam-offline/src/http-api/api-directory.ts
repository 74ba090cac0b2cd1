import { ApiMetrics } from '../api-gateway/api-metrics';
import type { OpenMetric } from '../core/metrics';
import { createTokenBucket } from '../time/token-bucket';
import type { HttpApiModel, HttpRouteModel } from './model';
import { compileRoutes, type Routes } from './routes';

/** An HTTP API with its compiled routes. */
export interface Api {
  readonly model: HttpApiModel;
  readonly routes: Routes;
  readonly metrics: ApiMetrics;
  /** The token buckets of throttled routes. */
  readonly buckets: ReadonlyMap<HttpRouteModel, () => boolean>;
}

/** An API, and the path after its stage. */
export interface FoundApi {
  readonly api: Api;
  readonly rest: string;
}

/** Finds the API that serves a path. Named stages take precedence over `$default`. */
export class ApiDirectory {
  private readonly apis: readonly Api[];
  /** The APIs that are served at `/STAGE` or at the root. If several APIs have the same stage name, only the first API. */
  private readonly firstApis: readonly Api[];

  /** @param clock returns milliseconds, for throttling */
  constructor(models: readonly HttpApiModel[], clock: () => number, openMetric: OpenMetric) {
    // API Gateway does not serve a stage without a deployment.
    const deployed = models.filter(({ isDeployed }) => isDeployed);
    const apis = deployed.map((model) => createApi(model, clock, openMetric));
    this.apis = apis;
    this.firstApis = apis.filter(
      ({ model }) => apis.find((other) => other.model.stage === model.stage)?.model === model,
    );
  }

  get isEmpty(): boolean {
    return this.apis.length === 0;
  }

  has(apiId: string): boolean {
    return this.apis.some(({ model }) => model.apiId === apiId);
  }

  /** @param hostId the API ID in the request's host, if it contains one */
  find(fullPath: string, hostId?: string): FoundApi | undefined {
    const [, pathId, ownPath] = /^\/_apis\/([^/]+)(.*)$/s.exec(hostId === undefined ? fullPath : '') ?? [];
    const apiId = hostId ?? pathId;
    const candidates =
      apiId === undefined ? this.firstApis : this.apis.filter(({ model }) => model.apiId === apiId);
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
}

function createApi(model: HttpApiModel, clock: () => number, openMetric: OpenMetric): Api {
  const buckets = model.routes.flatMap((route) =>
    route.throttle ? [[route, createTokenBucket(route.throttle, clock)] as const] : [],
  );
  const metrics = new ApiMetrics(
    openMetric,
    { ApiId: model.apiId, Stage: model.stage },
    { clientError: '4xx', serverError: '5xx' },
  );
  return { model, routes: compileRoutes(model), metrics, buckets: new Map(buckets) };
}
