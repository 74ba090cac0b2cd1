import { createRejectionCounter } from './rejection-counter';

/** Records frames, `-` over a limit and `+` accepted, and returns the number after which the connection is closed. */
function closesAfter(frames: string): number | undefined {
  const counter = createRejectionCounter();
  for (let index = 0; index < frames.length; index += 1)
    if (counter.record('a', frames[index] === '-')) return index + 1;
  return undefined;
}

describe('createRejectionCounter', () => {
  it('closes a connection after 100 frames over a limit', () => {
    expect(closesAfter('-'.repeat(200))).toBe(100);
  });

  it('closes a connection that is accepted now and then', () => {
    expect(closesAfter(`+${'-'.repeat(9)}`.repeat(100))).toBeLessThan(300);
  });

  it('keeps a connection that waits for its next turn most of the time', () => {
    expect(closesAfter('+-----'.repeat(200))).toBeUndefined();
    expect(closesAfter(`${'-'.repeat(99)}+`.concat('+'.repeat(20)))).toBeUndefined();
  });

  it('counts each connection on its own, and starts again after it was closed', () => {
    const counter = createRejectionCounter();
    for (let frame = 0; frame < 99; frame += 1) counter.record('a', true);
    expect(counter.record('b', true)).toBe(false);
    expect(counter.record('a', true)).toBe(true);
    expect(counter.record('a', true)).toBe(false);
  });

  it('forgets the connections that it saw longest ago', () => {
    const counter = createRejectionCounter();
    for (let frame = 0; frame < 99; frame += 1) counter.record('a', true);
    for (let other = 0; other < 1000; other += 1) counter.record(`c${other}`, true);
    expect(counter.record('a', true)).toBe(false);
  });
});
