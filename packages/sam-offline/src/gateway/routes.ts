import type { RouteModel, WebSocketApiModel } from '../core/model';
import { isObject, UnsupportedError } from '../core/service';

/** One stage of one WebSocket API, with its routes by key. */
export interface Stage {
  readonly api: WebSocketApiModel;
  readonly connect?: RouteModel;
  readonly disconnect?: RouteModel;
  /** The route of a message, or undefined where neither its own nor `$default` exists. */
  select(body: string): RouteModel | undefined;
}

const RESERVED = new Set(['$connect', '$disconnect', '$default']);

/**
 * The stages of all APIs by name, which is how a path names them.
 *
 * @throws UnsupportedError if two APIs have a stage of the same name: on AWS their hosts tell them apart, here
 * there is one host.
 */
export function stagesOf(apis: readonly WebSocketApiModel[]): Map<string, Stage> {
  const stages = new Map<string, Stage>();
  for (const api of apis) {
    const other = stages.get(api.stage);
    if (other) {
      throw new UnsupportedError(
        `WebSocket APIs ${other.api.logicalId} and ${api.logicalId} both have a stage "${api.stage}". ` +
          'Here the path names the stage: give them different names.',
      );
    }
    stages.set(api.stage, stageOf(api));
  }
  return stages;
}

function stageOf(api: WebSocketApiModel): Stage {
  const routes = new Map(api.routes.map((route) => [route.routeKey, route]));
  const evaluate = routeSelection(api);
  return {
    api,
    connect: routes.get('$connect'),
    disconnect: routes.get('$disconnect'),
    select(body) {
      const key = evaluate(body);
      // A client cannot name a reserved route: $connect runs before the socket opens, $disconnect after it closed.
      const own = key === undefined || RESERVED.has(key) ? undefined : routes.get(key);
      return own ?? routes.get('$default');
    },
  };
}

/**
 * Compiles a route selection expression, `$request.body.a.b` or `${request.body.a.b}`: a function from a
 * message to its route key, or to undefined where the message has none (not JSON, no such property).
 *
 * See "Route selection expressions" in the API Gateway Developer Guide.
 */
function routeSelection(api: WebSocketApiModel): (body: string) => string | undefined {
  const expression = api.routeSelectionExpression;
  const match = /^\$(?:\{request\.body\.([\w.-]+)\}|request\.body\.([\w.-]+))$/.exec(expression);
  const path = (match?.[1] ?? match?.[2])?.split('.');
  if (!path || path.includes('')) {
    throw new UnsupportedError(
      `RouteSelectionExpression "${expression}" of ${api.logicalId}: only one path, as in ` +
        '"$request.body.action", is supported.',
    );
  }
  return (body) => {
    let value = parse(body);
    for (const name of path) {
      if (!isObject(value) || !Object.hasOwn(value, name)) return undefined;
      value = value[name];
    }
    return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
      ? String(value)
      : undefined;
  };
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
