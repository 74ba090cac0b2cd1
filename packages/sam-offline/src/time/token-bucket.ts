/**
 * Creates a token bucket, the throttling algorithm of API Gateway. The bucket contains at most `burst` tokens, and
 * `ratePerSecond` tokens are added each second. The returned function removes a token, or returns false if the bucket is empty.
 *
 * @param clock returns milliseconds
 */
export function createTokenBucket(
  { ratePerSecond, burst }: { readonly ratePerSecond: number; readonly burst: number },
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
