import { createSlowConnections } from './slow-connections';

function setUp() {
  const clock = { now: 1_000_000 };
  const slow = createSlowConnections(() => clock.now);
  /** Records failures at an interval. Returns the results. */
  const fail = (connectionId: string, count: number, intervalMs: number) =>
    Array.from({ length: count }, () => {
      const closes = slow.recordFailure(connectionId);
      clock.now += intervalMs;
      return closes;
    });
  return { clock, slow, fail };
}

describe('a slow connection', () => {
  it('is closed after five consecutive failures over at least ten seconds', () => {
    expect(setUp().fail('a', 6, 2500)).toEqual([false, false, false, false, true, true]);
    expect(setUp().fail('a', 6, 2499)).toEqual([false, false, false, false, false, true]);
    expect(setUp().fail('a', 5, 20_000)).toEqual([false, false, false, false, true]);
    expect(setUp().fail('a', 20, 0)).not.toContain(true);
  });

  it('is no longer slow after it accepts a frame', () => {
    const { slow, fail } = setUp();
    fail('a', 4, 5000);
    expect(slow.isSlow('a')).toBe(true);
    expect(slow.isSlow('b')).toBe(false);
    slow.forget('a');
    expect(slow.isSlow('a')).toBe(false);
    expect(fail('a', 2, 5000)).toEqual([false, false]);
  });

  it('is no longer slow a minute after the last failure', () => {
    const { slow, clock, fail } = setUp();
    fail('a', 4, 0);
    clock.now += 60_000;
    expect(slow.isSlow('a')).toBe(true);
    clock.now += 1;
    expect(slow.isSlow('a')).toBe(false);
    expect(slow.recordFailure('a')).toBe(false);
  });

  it('is forgotten if 1,000 other connections have failed since then', () => {
    const { slow } = setUp();
    for (const connectionId of ['a', 'b', 'a']) slow.recordFailure(connectionId);
    for (let index = 0; index < 998; index += 1) slow.recordFailure(`other ${index}`);
    expect([slow.isSlow('a'), slow.isSlow('b')]).toEqual([true, true]);
    slow.recordFailure('last');
    expect([slow.isSlow('a'), slow.isSlow('b')]).toEqual([true, false]);
  });
});

describe('takeChance', () => {
  it('allows one wait for each room in two seconds', () => {
    const { slow, clock } = setUp();
    expect([slow.takeChance('1'), slow.takeChance('1'), slow.takeChance('2')]).toEqual([true, false, true]);
    clock.now += 1999;
    expect(slow.takeChance('1')).toBe(false);
    clock.now += 1;
    expect([slow.takeChance('1'), slow.takeChance('1')]).toEqual([true, false]);
  });
});
