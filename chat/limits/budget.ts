/**
 * A rate limit that uses the generic cell rate algorithm (GCRA). Its whole state is one number, the theoretical arrival
 * time of the next request, in milliseconds.
 */
export interface Rate {
  /** Sustained units per second. */
  perSecond: number;
  /** Units allowed at once after a pause. */
  burst: number;
}

export type ChargeResult = { allowed: true; arrival: number } | { allowed: false; retryAfterMs: number };

/**
 * Charges a request at time `now` to a budget. Rejected requests are not charged.
 *
 * @param arrival the budget's theoretical arrival time, or undefined if it was never charged.
 * @param units the cost of the request. A cost above the burst counts as the burst, so that every request can succeed.
 */
export function charge(rate: Rate, arrival: number | undefined, now: number, units = 1): ChargeResult {
  const next = Math.max(arrival ?? 0, now) + toMs(rate, units);
  const wait = next - toMs(rate, rate.burst) - now;
  return wait <= 0 ? { allowed: true, arrival: next } : { allowed: false, retryAfterMs: Math.ceil(wait) };
}

/** Returns by how many milliseconds a cost delays the arrival time of a budget. */
export function toMs({ perSecond, burst }: Rate, units: number): number {
  return (Math.min(units, burst) * 1000) / perSecond;
}

/** Returns a rate that is a multiple of another one. */
export function multiply({ perSecond, burst }: Rate, factor: number): Rate {
  return { perSecond: perSecond * factor, burst: burst * factor };
}
