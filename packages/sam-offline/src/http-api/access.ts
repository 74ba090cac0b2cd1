import type { RouteIdentity } from '../http-invocation/event';

/** The result of a route's authorization: who sent the request, or the response to it. `reason` is for the log. */
export type Access =
  | { readonly identity?: RouteIdentity }
  | {
      readonly status: 401 | 403 | 500;
      readonly reason: string;
      readonly headers?: Readonly<Record<string, string>>;
    };
