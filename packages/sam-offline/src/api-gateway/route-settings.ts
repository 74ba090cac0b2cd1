import type { PropertyMap } from '../template/property-map';
import type { ThrottleModel } from './model';

interface Limits {
  readonly ratePerSecond?: number;
  readonly burst?: number;
}

/** Returns the throttling limits of a route, if it has any. */
export type ReadThrottle = (routeKey: string, own?: PropertyMap) => { throttle?: ThrottleModel };

/**
 * Reads the `DefaultRouteSettings` and `RouteSettings` of a stage. The limits in a route's own settings take precedence. Each
 * route has its own token bucket. Settings for logs and metrics have no effect.
 *
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-throttling.html
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-protect.html
 *
 * @returns a function. Its argument `own` contains the route's own settings from a SAM event
 */
export function readRouteSettings(stage: PropertyMap): ReadThrottle {
  const defaults = readLimits(stage.getMap('DefaultRouteSettings'));
  const settings = stage.getMap('RouteSettings');
  const limits = new Map(settings?.keys.map((key) => [key, readLimits(settings.getMap(key))]));
  return (routeKey, own) => createThrottle({ ...defaults, ...limits.get(routeKey), ...readLimits(own) });
}

function readLimits(settings: PropertyMap | undefined): Limits {
  settings?.checkKeys('route settings', {
    emulated: ['ThrottlingRateLimit', 'ThrottlingBurstLimit'],
    inert: ['DetailedMetricsEnabled', 'DataTraceEnabled', 'LoggingLevel'],
  });
  const burst = settings?.getInteger('ThrottlingBurstLimit', 0, 5_000);
  const ratePerSecond = readRate(settings);
  return {
    ...(ratePerSecond === undefined ? {} : { ratePerSecond }),
    ...(burst === undefined ? {} : { burst }),
  };
}

/** Reads the rate limit. It can be a fraction: 0.1 allows one request every ten seconds. */
function readRate(settings: PropertyMap | undefined): number | undefined {
  const value = settings?.getString('ThrottlingRateLimit');
  if (value === undefined) return undefined;
  const rate = Number(value);
  if (value.trim() !== '' && rate >= 0 && rate <= 10_000) return rate;
  settings?.addProblem(
    `must be a number from 0 to 10000, but is ${JSON.stringify(value)}`,
    'ThrottlingRateLimit',
  );
  return undefined;
}

/** Creates the limits of a route. If only the rate or the burst is set, the account limit applies to the other value. */
function createThrottle({ ratePerSecond, burst }: Limits): { throttle?: ThrottleModel } {
  if (ratePerSecond === undefined && burst === undefined) return {};
  return { throttle: { ratePerSecond: ratePerSecond ?? 10_000, burst: burst ?? 5_000 } };
}
