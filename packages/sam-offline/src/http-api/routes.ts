import type { HttpApiModel, HttpRouteModel } from '../core/model';

/** A request's route, with the values of its path variables. */
export interface Match {
  readonly route: HttpRouteModel;
  readonly pathParameters: Readonly<Record<string, string>>;
}

interface CompiledRoute {
  readonly route: HttpRouteModel;
  /** `ANY` for every method. */
  readonly method: string;
  readonly pattern: RegExp;
  readonly variables: readonly string[];
  /** Of two routes that match, the lower is taken. */
  readonly rank: readonly number[];
}

/** One API's routes, without its stage. */
export interface Routes {
  /** Whether a path is one of the API's, whatever the method; `$default` takes every path. */
  has(path: string): boolean;
  /** The route of a request; undefined if there is none. */
  match(method: string, path: string): Match | undefined;
}

const GREEDY = /\+\}$/;

/**
 * Compiles an API's routes. Of those that match, one without path variables goes before one with them, one with a
 * greedy variable comes after all of these, and `$default` is last; a route's own method goes before `ANY`.
 *
 * See "Routing API requests" of HTTP APIs in the API Gateway Developer Guide.
 */
export function routesOf(api: HttpApiModel): Routes {
  const fallback = api.routes.find(({ routeKey }) => routeKey === '$default');
  const routes = api.routes.filter((route) => route !== fallback).map(compile);
  routes.sort((a, b) => compare(a.rank, b.rank));
  return {
    has: (path) => fallback !== undefined || routes.some(({ pattern }) => pattern.test(path)),
    match(method, path) {
      for (const { route, method: own, pattern, variables } of routes) {
        const values = own === method || own === 'ANY' ? pattern.exec(path) : null;
        if (values) return { route, pathParameters: named(variables, values.slice(1)) };
      }
      return fallback && { route: fallback, pathParameters: {} };
    },
  };
}

function compile(route: HttpRouteModel): CompiledRoute {
  const [method = '', path = ''] = route.routeKey.split(' ', 2);
  const variables: string[] = [];
  const source = path
    .split('/')
    .map((part) => {
      const name = /^\{(.+?)\+?\}$/.exec(part)?.[1];
      if (name === undefined) return part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
      variables.push(name);
      return GREEDY.test(part) ? '(.+)' : '([^/]+)';
    })
    .join('/');
  return {
    route,
    method,
    variables,
    pattern: new RegExp(`^${source}$`),
    rank: [Number(GREEDY.test(path)), variables.length, -path.length, Number(method === 'ANY')],
  };
}

function compare(a: readonly number[], b: readonly number[]): number {
  const index = a.findIndex((value, at) => value !== b[at]);
  return index < 0 ? 0 : (a[index] ?? 0) - (b[index] ?? 0);
}

function named(names: readonly string[], values: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name, index) => [name, values[index] ?? '']));
}
