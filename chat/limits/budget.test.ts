import { type ChargeResult, chargeRate } from './charge-action';
import type { Rate } from './ports';

const rate: Rate = { perSecond: 10, burst: 20 };
const now = 1_000_000;

/** Charges one request at each of the times, and returns which requests were allowed. */
function chargeAll(times: number[], limit = rate): boolean[] {
  let arrival: number | undefined;
  return times.map((at) => {
    const charged = chargeRate(limit, arrival, at);
    if (charged.allowed) arrival = charged.arrival;
    return charged.allowed;
  });
}

describe('charge', () => {
  it('allows a burst and rejects the next request', () => {
    const allowed = chargeAll(Array.from({ length: 25 }, () => now));
    expect(allowed.filter(Boolean)).toHaveLength(20);
    expect(allowed.slice(0, 20).every(Boolean)).toBe(true);
  });

  it('allows requests at the sustained rate indefinitely', () => {
    const times = Array.from({ length: 500 }, (_, index) => now + index * 100);
    expect(chargeAll(times).every(Boolean)).toBe(true);
  });

  it('limits requests at twice the sustained rate to the sustained rate after the burst', () => {
    const times = Array.from({ length: 400 }, (_, index) => now + index * 50);
    const allowed = chargeAll(times).filter(Boolean).length;
    expect(allowed).toBeGreaterThanOrEqual(200 + 19);
    expect(allowed).toBeLessThanOrEqual(200 + 20);
  });

  it('returns the exact time until the next request is allowed', () => {
    let charged: ChargeResult = { allowed: true, arrival: now };
    let arrival = now;
    while (charged.allowed) {
      arrival = charged.arrival;
      charged = chargeRate(rate, arrival, now);
    }
    const { retryAfterMs } = charged;
    expect(retryAfterMs).toBe(100);
    expect(chargeRate(rate, arrival, now + retryAfterMs).allowed).toBe(true);
    expect(chargeRate(rate, arrival, now + retryAfterMs - 1).allowed).toBe(false);
  });

  it('does not charge rejected requests', () => {
    const slow: Rate = { perSecond: 5 / 60, burst: 5 };
    const requests = Array.from({ length: 100 }, () => now);
    expect(chargeAll([...requests, now + 12_000, now + 12_000], slow).slice(100)).toEqual([true, false]);
  });
});
