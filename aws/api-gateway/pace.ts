import type { Batch } from './batch';

/** Maximum delay of a request. Keeps the function below its timeout. */
const MAX_DELAY_MS = 20_000;

/** The rate of a fan-out's requests to `@connections`. */
export interface Pace {
  /** Requests per second of one fan-out. */
  rate: number;
  /** Number of requests that a fan-out sends before the rate applies. */
  burst: number;
  now(): number;
  sleep(ms: number): Promise<void>;
}

/** Returns a function that waits until the request for a row is due, and the time when the last request is due. */
export function createPace(
  pace: Pace,
  { rows, position = 0, keys = 1, elapsedMs = 0 }: Batch,
): { untilDue(index: number): Promise<void>; lastDueAt: number } {
  const delayOf = (at: number) =>
    Math.min(MAX_DELAY_MS, Math.max(0, (1000 * (at - pace.burst)) / pace.rate - elapsedMs));
  const startedAt = pace.now();
  const firstDelay = delayOf(position);
  const lastDelay = delayOf(position + keys * rows.length);
  return {
    async untilDue(index) {
      const delay = firstDelay + ((lastDelay - firstDelay) * index) / rows.length;
      const wait = startedAt + delay - pace.now();
      if (wait > 0) await pace.sleep(wait);
    },
    lastDueAt: startedAt + lastDelay,
  };
}
