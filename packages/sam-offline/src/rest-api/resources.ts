import { compareRanks, compilePath, type PathPattern, zipVariables } from '../http-invocation/path-pattern';
import type { RestApiModel, RestRouteModel } from './model';

/** The method of a request, and the values of path variables. */
export interface Match {
  readonly route: RestRouteModel;
  /** The path of the resource, with variables in braces. */
  readonly resourcePath: string;
  readonly pathParameters: Readonly<Record<string, string>>;
}

/** The resources of an API. Paths do not contain the stage. They are percent-encoded, as in the request. */
export interface Resources {
  /** Returns whether a path matches a resource, regardless of the method. */
  has(path: string): boolean;
  /** Returns the method of a request, or undefined if the resource does not exist or does not have the method. */
  match(method: string, path: string): Match | undefined;
}

interface Resource extends PathPattern {
  readonly path: string;
  /** The routes by method. */
  readonly routes: Map<string, RestRouteModel>;
}

/**
 * Compiles the resources of an API. The resource is selected only by the path, before the method. If this resource does not
 * have the method, a greedy resource that has the method is not used. A slash at the end of a path has no effect.
 */
export function compileResources({ routes }: RestApiModel): Resources {
  const byPath = new Map<string, Resource>();
  for (const route of routes) {
    const [method = '', path = ''] = route.routeKey.split(' ', 2);
    const resource = byPath.get(path) ?? { ...compilePath(path), path, routes: new Map() };
    resource.routes.set(method, route);
    byPath.set(path, resource);
  }
  const resources = [...byPath.values()].sort((a, b) => compareRanks(a.rank, b.rank));
  const find = (path: string) => {
    const trimmed = path.replace(/(?<=.)\/$/, '');
    return resources.find(({ pattern }) => pattern.test(trimmed));
  };
  return {
    has: (path) => find(path) !== undefined,
    match(method, path) {
      const resource = find(path);
      const route = resource?.routes.get(method) ?? resource?.routes.get('ANY');
      if (!resource || !route) return undefined;
      const [, ...values] = resource.pattern.exec(path.replace(/(?<=.)\/$/, '')) ?? [];
      return { route, resourcePath: resource.path, pathParameters: zipVariables(resource.variables, values) };
    },
  };
}
