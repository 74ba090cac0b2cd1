/**
 * Creates a token bucket, API Gateway's throttling algorithm: it holds at most `burst` tokens, and `ratePerSecond` tokens
 * are added per second. The returned function takes a token and returns false if there is none.
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
