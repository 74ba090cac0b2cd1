import { compileSelection } from '../api-gateway/selection-expression';
import type { OpenMetric } from '../core/metrics';
import { createTokenBucket } from '../time/token-bucket';
import type { RouteModel, WebSocketApiModel } from './model';
import { StageMetrics } from './stage-metrics';

/** The stage of a WebSocket API. */
export interface Stage {
  readonly api: WebSocketApiModel;
  readonly connect?: RouteModel;
  readonly disconnect?: RouteModel;
  readonly metrics: StageMetrics;
  selectRoute(body: string): Selection;
  /** Counts a request to a route. Returns whether the request is within the route's throttling limits. */
  takeRequest(route: RouteModel): boolean;
}

/** The route of a message. */
export interface Selection {
  /** Absent if no route matches and the API has no `$default`. */
  readonly route?: RouteModel;
  /** The reason why no other route matches, for the developer. Also present if the route is `$default`. */
  readonly mismatch?: string;
}

const RESERVED_KEYS = new Set(['$connect', '$disconnect', '$default']);

/** The stages of an application's WebSocket APIs. */
export interface Stages {
  readonly all: readonly Stage[];
  /**
   * Returns the stage of a path: `/STAGE`, `/_apis/API_ID/STAGE` or, for the first API, `/`. For requests to an API's host,
   * `apiId` is set, and only the stages of this API are searched.
   */
  find(path: string, apiId?: string): Stage | undefined;
}

/**
 * Creates the stages of all APIs. On AWS, each API has its own host. The runtime serves the first API with a stage name at
 * `/STAGE`, and every API at `/_apis/API_ID/STAGE`.
 */
export function createStages(apis: readonly WebSocketApiModel[], openMetric: OpenMetric): Stages {
  const all = apis.map((api) => createStage(api, openMetric));
  return {
    all,
    find(path, apiId) {
      const [, ownId, name] = /^\/(?:_apis\/([^/]+)\/)?([^/]*)\/?$/.exec(path) ?? [];
      if (name === undefined) return undefined;
      const wantedId = apiId ?? ownId;
      if (name === '' && wantedId === undefined) return all[0];
      return all.find(({ api }) => api.stage === name && (wantedId === undefined || api.apiId === wantedId));
    },
  };
}

/** Returns the path at which clients connect to a stage. */
export function getStagePath(api: WebSocketApiModel, apis: readonly WebSocketApiModel[]): string {
  const first = apis.find(({ stage }) => stage === api.stage);
  return first?.apiId === api.apiId ? `/${api.stage}` : `/_apis/${api.apiId}/${api.stage}`;
}

function createStage(api: WebSocketApiModel, openMetric: OpenMetric): Stage {
  const clock = () => performance.now();
  const routes = new Map(api.routes.map((route) => [route.routeKey, route]));
  const buckets = new Map(
    api.routes.flatMap((route) =>
      route.throttle ? [[route, createTokenBucket(route.throttle, clock)] as const] : [],
    ),
  );
  const selectKey = compileSelection(api.routeSelectionExpression);
  return {
    api,
    connect: routes.get('$connect'),
    disconnect: routes.get('$disconnect'),
    metrics: new StageMetrics(openMetric, api),
    selectRoute(body) {
      const key = selectKey({ body });
      // A message cannot select $connect or $disconnect.
      const route = key === undefined || RESERVED_KEYS.has(key) ? undefined : routes.get(key);
      if (route) return { route };
      const mismatch = `No route matches ${api.routeSelectionExpression}: ${describeMismatch(key, body)}.`;
      return { route: routes.get('$default'), mismatch };
    },
    takeRequest: (route) => buckets.get(route)?.() ?? true,
  };
}

function describeMismatch(key: string | undefined, body: string): string {
  if (key !== undefined) return `no route has the key ${JSON.stringify(key)}`;
  try {
    JSON.parse(body);
    return 'the frame has no such member';
  } catch {
    return 'the frame is not JSON';
  }
}
