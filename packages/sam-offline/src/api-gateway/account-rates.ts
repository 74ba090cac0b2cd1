import { createTokenBucket } from '../time/token-bucket';

/**
 * API Gateway's request rates in one account and region. Each function counts a request and returns whether the quota allows
 * it.
 */
export interface AccountRates {
  /** Counts a request to an HTTP API, a WebSocket API or `@connections`. */
  takeRequest(): boolean;
  /** Counts a new WebSocket connection, which is also a request. */
  takeConnection(): boolean;
}

export const UNLIMITED_RATES: AccountRates = { takeRequest: () => true, takeConnection: () => true };

/**
 * The regions with a quota of 2,500 requests per second.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
 */
const SMALLER_REGIONS = new Set([
  ...['af-south-1', 'ap-south-2', 'ap-southeast-3', 'ap-southeast-4', 'ap-southeast-5', 'ap-southeast-7'],
  ...[
    'ca-west-1',
    'eu-central-2',
    'eu-south-1',
    'eu-south-2',
    'il-central-1',
    'me-central-1',
    'mx-central-1',
  ],
]);

type Quotas = Record<'requests' | 'connections', { readonly ratePerSecond: number; readonly burst: number }>;

/**
 * Returns the default quotas of a region.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
 */
export function defaultQuotas(region: string): Quotas {
  return {
    requests: SMALLER_REGIONS.has(region)
      ? { ratePerSecond: 2_500, burst: 1_250 }
      : { ratePerSecond: 10_000, burst: 5_000 },
    connections: { ratePerSecond: 500, burst: 500 },
  };
}

/**
 * Creates counters that enforce the quotas.
 *
 * @param onThrottle called for each request that exceeds a quota
 * @param clock returns milliseconds
 */
export function createAccountRates(
  onThrottle: () => void,
  quotas: Quotas,
  clock: () => number = () => performance.now(),
): AccountRates {
  const requests = createTokenBucket(quotas.requests, clock);
  const connections = createTokenBucket(quotas.connections, clock);
  const report = (isAllowed: boolean) => {
    if (!isAllowed) onThrottle();
    return isAllowed;
  };
  return {
    takeRequest: () => report(requests()),
    takeConnection: () => report(connections() && requests()),
  };
}
