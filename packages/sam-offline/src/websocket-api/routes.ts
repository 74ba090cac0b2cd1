import type { OpenMetric } from '../core/metrics';
import type { RouteModel, WebSocketApiModel } from '../core/model';
import { isObject, UnsupportedError } from '../core/service';
import { StageMetrics } from './stage-metrics';

/** The stage of a WebSocket API. */
export interface Stage {
  readonly api: WebSocketApiModel;
  readonly connect?: RouteModel;
  readonly disconnect?: RouteModel;
  readonly metrics: StageMetrics;
  /** Returns the route of a message, or undefined if no route matches and the API has no `$default`. */
  selectRoute(body: string): RouteModel | undefined;
}

const RESERVED_KEYS = new Set(['$connect', '$disconnect', '$default']);

/**
 * Returns the stages of all APIs by name, which identifies them in a path.
 *
 * @throws UnsupportedError if two APIs have stages of the same name: on AWS, the APIs have different hosts
 */
export function createStages(apis: readonly WebSocketApiModel[], openMetric: OpenMetric): Map<string, Stage> {
  const stages = new Map<string, Stage>();
  for (const api of apis) {
    const other = stages.get(api.stage);
    if (other) {
      throw new UnsupportedError(
        `The WebSocket APIs ${other.api.logicalId} and ${api.logicalId} have the same stage name "${api.stage}". ` +
          'Use different names, because the stage identifies the API in local paths.',
      );
    }
    stages.set(api.stage, createStage(api, openMetric));
  }
  return stages;
}

function createStage(api: WebSocketApiModel, openMetric: OpenMetric): Stage {
  const routes = new Map(api.routes.map((route) => [route.routeKey, route]));
  const evaluate = compileSelection(api);
  return {
    api,
    connect: routes.get('$connect'),
    disconnect: routes.get('$disconnect'),
    metrics: new StageMetrics(openMetric, api),
    selectRoute(body) {
      const key = evaluate(body);
      // A message cannot select $connect or $disconnect.
      const route = key === undefined || RESERVED_KEYS.has(key) ? undefined : routes.get(key);
      return route ?? routes.get('$default');
    },
  };
}

/**
 * Compiles a route selection expression, `$request.body.a.b` or `${request.body.a.b}`, into a function that returns the
 * route key of a message. It returns undefined if the message is not JSON or does not have the property.
 *
 * See "Route selection expressions" in the API Gateway Developer Guide.
 */
function compileSelection(api: WebSocketApiModel): (body: string) => string | undefined {
  const expression = api.routeSelectionExpression;
  const match = /^\$(?:\{request\.body\.([\w.-]+)\}|request\.body\.([\w.-]+))$/.exec(expression);
  const path = (match?.[1] ?? match?.[2])?.split('.');
  if (!path || path.includes('')) {
    throw new UnsupportedError(
      `The RouteSelectionExpression "${expression}" of ${api.logicalId} is not supported. ` +
        'Use the path of one property, for example "$request.body.action".',
    );
  }
  return (body) => {
    let value = parseJson(body);
    for (const name of path) {
      if (!isObject(value) || !Object.hasOwn(value, name)) return undefined;
      value = value[name];
    }
    return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
      ? String(value)
      : undefined;
  };
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
