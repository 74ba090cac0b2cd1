import { createTokenBucket } from './token-bucket';

/**
 * The rates of API Gateway in one account and region. Each function counts a request and returns whether it is within the
 * quota.
 */
export interface AccountRates {
  /** Counts a request to an HTTP API, a WebSocket API or `@connections`. */
  takeRequest(): boolean;
  /** Counts a new WebSocket connection, which is also a request. */
  takeConnection(): boolean;
}

export const UNLIMITED_RATES: AccountRates = { takeRequest: () => true, takeConnection: () => true };

/**
 * The default quotas. Newer regions have a quarter of the requests.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
 */
export const DEFAULT_QUOTAS = {
  requests: { ratePerSecond: 10_000, burst: 5_000 },
  connections: { ratePerSecond: 500, burst: 500 },
};

/**
 * Creates rates that enforce quotas.
 *
 * @param onThrottle called for each request over a quota
 * @param clock returns milliseconds
 */
export function createAccountRates(
  onThrottle: () => void,
  quotas = DEFAULT_QUOTAS,
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
