import { matchesErrorEquals, type StateError } from '../errors';

/** An element of a state's `Retry`, with defaults applied. */
export interface Retrier {
  readonly errorEquals: readonly string[];
  readonly intervalSeconds: number;
  readonly maxAttempts: number;
  readonly backoffRate: number;
  readonly maxDelaySeconds: number | undefined;
  readonly hasFullJitter: boolean;
}

/** Counts the retries during a visit to a state, separately for each retrier. */
export class RetryPolicy {
  private readonly attempts = new Map<Retrier, number>();

  constructor(
    private readonly retriers: readonly Retrier[],
    private readonly random: () => number,
  ) {}

  /**
   * Returns the delay before the next attempt in milliseconds, or undefined if there is no further attempt. Only the first
   * matching retrier applies. The n-th delay is `IntervalSeconds * BackoffRate^(n-1)`, limited to `MaxDelaySeconds`. With
   * `JitterStrategy: FULL`, the delay is a random value between zero and this value.
   */
  nextDelay(error: StateError): number | undefined {
    const retrier = this.retriers.find(({ errorEquals }) => matchesErrorEquals(errorEquals, error.errorName));
    if (!retrier) return undefined;
    const attempt = this.attempts.get(retrier) ?? 0;
    if (attempt >= retrier.maxAttempts) return undefined;
    this.attempts.set(retrier, attempt + 1);
    const backoff = retrier.intervalSeconds * retrier.backoffRate ** attempt;
    const seconds = Math.min(backoff, retrier.maxDelaySeconds ?? Number.POSITIVE_INFINITY);
    return (retrier.hasFullJitter ? this.random() * seconds : seconds) * 1000;
  }
}
