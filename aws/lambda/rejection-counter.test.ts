import { createRejectionCounter } from './rejection-counter';

/**
 * Records a sequence of frames, with `-` for a frame over a limit and `+` for an accepted frame. Returns the number of frames
 * after which the connection is closed, or undefined if it stays open.
 */
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

  it('closes a connection with few accepted frames', () => {
    expect(closesAfter(`+${'-'.repeat(9)}`.repeat(100))).toBeLessThan(300);
  });

  it('keeps a connection open if it waits as requested most of the time', () => {
    expect(closesAfter('+-----'.repeat(200))).toBeUndefined();
    expect(closesAfter(`${'-'.repeat(99)}+`.concat('+'.repeat(20)))).toBeUndefined();
  });

  it('counts each connection separately, and resets the count when it closes a connection', () => {
    const counter = createRejectionCounter();
    for (let frame = 0; frame < 99; frame += 1) counter.record('a', true);
    expect(counter.record('b', true)).toBe(false);
    expect(counter.record('a', true)).toBe(true);
    expect(counter.record('a', true)).toBe(false);
  });

  it('removes the least recently used connections', () => {
    const counter = createRejectionCounter();
    for (let frame = 0; frame < 99; frame += 1) counter.record('a', true);
    for (let other = 0; other < 1000; other += 1) counter.record(`c${other}`, true);
    expect(counter.record('a', true)).toBe(false);
  });
});
