import type { RouteModel } from './model';
import type { Stage } from './routes';

/** Returns an explanation for the developer that no route matches a message. */
export function listRoutes({ api: { routes } }: Stage): string {
  const keys = routes.map(({ routeKey }) => routeKey).filter((key) => !/^\$(dis)?connect$/.test(key));
  return `The API has no $default route. Its routes: ${keys.join(', ')}.`;
}

/** Returns an explanation for the developer why a handshake or a message was throttled. */
export function describeThrottle(route: RouteModel | undefined): string {
  if (!route?.throttle) return 'The request rate of the account is exceeded.';
  const { ratePerSecond, burst } = route.throttle;
  return `The throttling limits of the route ${route.routeKey} (${ratePerSecond} requests per second, burst ${burst}) or the request rate of the account are exceeded.`;
}
