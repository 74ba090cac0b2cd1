import { type ChargeResult, charge, type Rate } from '../../functions/chat/budget';

const rate: Rate = { perSecond: 10, burst: 20 };
const now = 1_000_000;

/** Sends at each of these times, and returns which were let through. */
function send(times: number[], limit = rate): boolean[] {
  let arrival: number | undefined;
  return times.map((at) => {
    const charged = charge(limit, arrival, at);
    if (charged.allowed) arrival = charged.arrival;
    return charged.allowed;
  });
}

describe('charge', () => {
  it('lets a burst through at once, and not one more', () => {
    const allowed = send(Array.from({ length: 25 }, () => now));
    expect(allowed.filter(Boolean)).toHaveLength(20);
    expect(allowed.slice(0, 20).every(Boolean)).toBe(true);
  });

  it('lets its rate through for ever', () => {
    const times = Array.from({ length: 500 }, (_, index) => now + index * 100);
    expect(send(times).every(Boolean)).toBe(true);
  });

  it('holds twice its rate to its rate, after the burst', () => {
    const times = Array.from({ length: 400 }, (_, index) => now + index * 50);
    const allowed = send(times).filter(Boolean).length;
    expect(allowed).toBeGreaterThanOrEqual(200 + 19);
    expect(allowed).toBeLessThanOrEqual(200 + 20);
  });

  it('says when the next is let through: then, and not a moment before', () => {
    let charged: ChargeResult = { allowed: true, arrival: now };
    let arrival = now;
    while (charged.allowed) {
      arrival = charged.arrival;
      charged = charge(rate, arrival, now);
    }
    const { retryAfterMs } = charged;
    expect(retryAfterMs).toBe(100);
    expect(charge(rate, arrival, now + retryAfterMs).allowed).toBe(true);
    expect(charge(rate, arrival, now + retryAfterMs - 1).allowed).toBe(false);
  });

  it('charges nothing for what it refuses', () => {
    const slow: Rate = { perSecond: 5 / 60, burst: 5 };
    const tries = Array.from({ length: 100 }, () => now);
    expect(send([...tries, now + 12_000, now + 12_000], slow).slice(100)).toEqual([true, false]);
  });
});
