import { matches, type StateError } from '../errors';

/** One element of a state's `Retry`, with the defaults filled in. */
export interface Retrier {
  readonly errorEquals: readonly string[];
  readonly intervalSeconds: number;
  readonly maxAttempts: number;
  readonly backoffRate: number;
  readonly maxDelaySeconds: number | undefined;
  readonly fullJitter: boolean;
}

/** Counts the retries of one visit to a state; each retrier counts its own. */
export class RetryPolicy {
  private readonly attempts = new Map<Retrier, number>();

  constructor(
    private readonly retriers: readonly Retrier[],
    private readonly random: () => number,
  ) {}

  /**
   * The milliseconds to wait before the state runs again; nothing if it does not. The first retrier that matches
   * decides alone. The n-th delay is `IntervalSeconds · BackoffRate^(n-1)`, at most `MaxDelaySeconds`; with
   * `JitterStrategy: FULL` it is drawn evenly between zero and that.
   */
  delayAfter(error: StateError): number | undefined {
    const retrier = this.retriers.find(({ errorEquals }) => matches(errorEquals, error.error));
    if (!retrier) return undefined;
    const attempt = this.attempts.get(retrier) ?? 0;
    if (attempt >= retrier.maxAttempts) return undefined;
    this.attempts.set(retrier, attempt + 1);
    const backoff = retrier.intervalSeconds * retrier.backoffRate ** attempt;
    const seconds = Math.min(backoff, retrier.maxDelaySeconds ?? Number.POSITIVE_INFINITY);
    return (retrier.fullJitter ? this.random() * seconds : seconds) * 1000;
  }
}
