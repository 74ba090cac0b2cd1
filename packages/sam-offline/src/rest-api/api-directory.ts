import { ApiMetrics } from '../api-gateway/api-metrics';
import type { OpenMetric } from '../core/metrics';
import { createTokenBucket } from '../time/token-bucket';
import { ApiKeys } from './api-keys';
import type { RestApiModel, RestRouteModel } from './model';
import { compileResources, type Resources } from './resources';

/** A stage of a REST API with its compiled resources. */
export interface Api {
  readonly model: RestApiModel;
  readonly resources: Resources;
  readonly metrics: ApiMetrics;
  /** The token buckets of throttled methods. */
  readonly buckets: ReadonlyMap<RestRouteModel, () => boolean>;
  readonly keys: ApiKeys;
}

/** An API, and the path after its stage. */
export interface FoundApi {
  readonly api: Api;
  readonly path: string;
}

/** Finds the API that serves a path. */
export class ApiDirectory {
  private readonly apis: readonly Api[];

  /** @param clock returns milliseconds, for throttling */
  constructor(models: readonly RestApiModel[], clock: () => number, openMetric: OpenMetric) {
    this.apis = models.map((model) => createApi(model, clock, openMetric));
  }

  get isEmpty(): boolean {
    return this.apis.length === 0;
  }

  has(apiId: string): boolean {
    return this.apis.some(({ model }) => model.apiId === apiId);
  }

  /**
   * Finds the API with a resource for the path. Paths start with the stage. `sam local start-api` serves paths without a stage.
   * The runtime supports such a path if exactly one API has a resource for it.
   *
   * @param hostId the API ID in the request's host, if it contains one
   */
  find(fullPath: string, hostId?: string): FoundApi | undefined {
    const { candidates, path } = this.select(fullPath, hostId);
    const withStage = listBelowStage(candidates, path).find(({ api, path: rest }) => api.resources.has(rest));
    if (withStage || hostId !== undefined) return withStage;
    const matching = candidates.filter(({ resources }) => resources.has(path));
    const isUnique = new Set(matching.map(({ model }) => model.apiId)).size === 1;
    return isUnique && matching[0] ? { api: matching[0], path } : undefined;
  }

  /**
   * Finds the API that sends the gateway response for a path without a resource: the API with the stage in the path, or the
   * only API.
   */
  findStage(fullPath: string, hostId?: string): Api | undefined {
    const { candidates, path } = this.select(fullPath, hostId);
    return listBelowStage(candidates, path)[0]?.api ?? (this.apis.length === 1 ? this.apis[0] : undefined);
  }

  private select(fullPath: string, hostId: string | undefined): { candidates: readonly Api[]; path: string } {
    const [, pathId, ownPath] = /^\/_apis\/([^/]+)(.*)$/s.exec(hostId === undefined ? fullPath : '') ?? [];
    const apiId = hostId ?? pathId;
    return {
      candidates: apiId === undefined ? this.apis : this.apis.filter(({ model }) => model.apiId === apiId),
      path: ownPath === '' ? '/' : (ownPath ?? fullPath),
    };
  }
}

function listBelowStage(apis: readonly Api[], path: string): FoundApi[] {
  return apis.flatMap((api) => {
    const prefix = `/${api.model.stage}`;
    if (path !== prefix && !path.startsWith(`${prefix}/`)) return [];
    return [{ api, path: path.slice(prefix.length) || '/' }];
  });
}

function createApi(model: RestApiModel, clock: () => number, openMetric: OpenMetric): Api {
  const buckets = model.routes.flatMap((route) =>
    route.throttle ? [[route, createTokenBucket(route.throttle, clock)] as const] : [],
  );
  const metrics = new ApiMetrics(
    openMetric,
    { ApiName: model.name, Stage: model.stage },
    { clientError: '4XXError', serverError: '5XXError' },
  );
  const keys = new ApiKeys(model.apiKeys, clock);
  return { model, resources: compileResources(model), metrics, buckets: new Map(buckets), keys };
}
