/**
 * A rate limit by the generic cell rate algorithm (GCRA): one number per limited thing, the theoretical arrival time
 * of its next request, says all there is to know. Times are milliseconds.
 */
export interface Rate {
  /** Requests a second that are let through for ever. */
  perSecond: number;
  /** Requests that are let through at once after a pause. */
  burst: number;
}

export type Charge = { allowed: true; arrival: number } | { allowed: false; retryAfterMs: number };

/**
 * Charges one request at `now` to the budget whose theoretical arrival time is `arrival` (undefined: never used).
 * A refused request charges nothing.
 */
export function charge({ perSecond, burst }: Rate, arrival: number | undefined, now: number): Charge {
  const interval = 1000 / perSecond;
  const next = Math.max(arrival ?? 0, now) + interval;
  const wait = next - burst * interval - now;
  return wait <= 0 ? { allowed: true, arrival: next } : { allowed: false, retryAfterMs: Math.ceil(wait) };
}
