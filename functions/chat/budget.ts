/**
 * A rate limit that uses the generic cell rate algorithm (GCRA). Its whole state is one number, the theoretical arrival
 * time of the next request, in milliseconds.
 */
export interface Rate {
  /** Sustained requests per second. */
  perSecond: number;
  /** Requests allowed at once after a pause. */
  burst: number;
}

export type ChargeResult = { allowed: true; arrival: number } | { allowed: false; retryAfterMs: number };

/**
 * Charges one request at time `now` to a budget. Rejected requests are not charged.
 *
 * @param arrival the budget's theoretical arrival time, or undefined if it was never charged.
 */
export function charge({ perSecond, burst }: Rate, arrival: number | undefined, now: number): ChargeResult {
  const interval = 1000 / perSecond;
  const next = Math.max(arrival ?? 0, now) + interval;
  const wait = next - burst * interval - now;
  return wait <= 0 ? { allowed: true, arrival: next } : { allowed: false, retryAfterMs: Math.ceil(wait) };
}
