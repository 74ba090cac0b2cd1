/** Creates a seeded generator of random numbers in [0, 1), which uses mulberry32. */
export function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Draws a latency from a log-normal distribution with the given median. */
export function drawLatency(random: () => number, { median, sigma }: Latency): number {
  const z = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return median * Math.exp(sigma * z);
}

/** A log-normal distribution. `median` is in milliseconds. */
export interface Latency {
  median: number;
  sigma: number;
}
