import type { HttpRouteModel } from '../core/model';

/**
 * API Gateway's limit on requests, a token bucket: `burst` tokens at most, `ratePerSecond` come in a second, and a
 * request takes one.
 *
 * @param clock milliseconds
 * @returns a function that says whether one more request may pass, and takes its token if so.
 */
export function tokenBucket(
  { ratePerSecond, burst }: NonNullable<HttpRouteModel['throttle']>,
  clock: () => number,
): () => boolean {
  let tokens = burst;
  let filledAt = clock();
  return () => {
    const now = clock();
    tokens = Math.min(burst, tokens + ((now - filledAt) / 1000) * ratePerSecond);
    filledAt = now;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
}
