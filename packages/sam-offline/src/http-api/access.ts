import type { RouteIdentity } from '../http-invocation/event';

/**
 * The result of a route's authorization: the identity of the sender, or the response that rejects the request. `reason` is
 * logged.
 */
export type Access =
  | { readonly identity?: RouteIdentity }
  | {
      readonly status: 401 | 403 | 500;
      readonly reason: string;
      readonly headers?: Readonly<Record<string, string>>;
    };
