import { compareRanks, compilePath, zipVariables } from '../http-invocation/path-pattern';
import type { HttpApiModel, HttpRouteModel } from './model';

/** The route of a request, with the values of its path variables. */
export interface Match {
  readonly route: HttpRouteModel;
  readonly pathParameters: Readonly<Record<string, string>>;
}

interface CompiledRoute {
  readonly route: HttpRouteModel;
  /** The HTTP method, or `ANY` for all methods. */
  readonly method: string;
  readonly pattern: RegExp;
  readonly variables: readonly string[];
  /** If several routes match, the route with the lowest rank is selected. */
  readonly rank: readonly number[];
}

/** The routes of an API. Paths do not contain the stage. */
export interface Routes {
  /** Returns whether a path matches a route, regardless of the method. `$default` matches all paths. */
  has(path: string): boolean;
  /** Returns the route of a request, or undefined if no route matches. */
  match(method: string, path: string): Match | undefined;
}

/**
 * Compiles the routes of an API. The order of precedence is: routes without path variables, routes with path variables,
 * routes with a greedy variable, `$default`. A specific method takes precedence over `ANY`.
 *
 * See "Routing API requests" for HTTP APIs in the API Gateway Developer Guide.
 */
export function compileRoutes(api: HttpApiModel): Routes {
  const fallback = api.routes.find(({ routeKey }) => routeKey === '$default');
  const routes = api.routes.filter((route) => route !== fallback).map(compileRoute);
  routes.sort((a, b) => compareRanks(a.rank, b.rank));
  return {
    has: (path) => fallback !== undefined || routes.some(({ pattern }) => pattern.test(path)),
    match(requestMethod, path) {
      for (const { route, method, pattern, variables } of routes) {
        const values = method === requestMethod || method === 'ANY' ? pattern.exec(path) : null;
        if (values) return { route, pathParameters: zipVariables(variables, values.slice(1)) };
      }
      return fallback && { route: fallback, pathParameters: {} };
    },
  };
}

function compileRoute(route: HttpRouteModel): CompiledRoute {
  const [method = '', path = ''] = route.routeKey.split(' ', 2);
  const { pattern, variables, rank } = compilePath(path);
  return {
    route,
    method,
    variables,
    pattern,
    rank: [...rank, Number(method === 'ANY')],
  };
}
