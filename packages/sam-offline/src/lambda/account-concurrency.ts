import { AwsError, UsageError } from '../core/service';
import { createTokenBucket } from '../time/token-bucket';
import type { FunctionModel } from './model';

/** The default concurrency quota of an account. New accounts may have a quota of 10. */
export const DEFAULT_ACCOUNT_CONCURRENCY = 1_000;

/**
 * The maximum number of synchronous invocations per second for each unit of concurrency.
 * https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
const REQUESTS_PER_ENVIRONMENT = 10;

/** The assumed duration of an invocation before the function has run for the first time: a cold start and a short run. */
const FIRST_RUN_MILLIS = 500;

/** An accepted invocation. */
export interface Acceptance {
  /** Whether the handler is running. If not, the invocation waits for a thread. */
  isRunning: boolean;
  /** Returns the average duration of the function in milliseconds, or undefined before the first run. */
  readonly usualMillis: () => number | undefined;
}

/**
 * Limits the concurrency of a function with reserved concurrency, or of all functions without reserved concurrency. Rejects
 * invocations that exceed the limit, as Lambda does. https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
 *
 * On AWS, an accepted invocation runs immediately. Here, it may have to wait for a thread. A waiting invocation counts only for
 * the function's average duration, so that a slow machine does not cause throttling that would not happen on AWS.
 */
export class Concurrency {
  private readonly accepted = new Map<Acceptance, number>();

  private readonly takeRequest: () => boolean;

  /**
   * @param reasons the values of `Reason` in TooManyRequestsException
   * @param clock returns the time in milliseconds
   */
  constructor(
    private readonly limit: number,
    private readonly reasons: { readonly concurrency: string; readonly rate: string },
    private readonly clock: () => number = () => performance.now(),
  ) {
    const ratePerSecond = REQUESTS_PER_ENVIRONMENT * limit;
    this.takeRequest = createTokenBucket({ ratePerSecond, burst: ratePerSecond }, clock);
  }

  /**
   * Accepts an invocation. Call `end` when the invocation ends. The rate limit applies only to synchronous invocations.
   *
   * @throws AwsError TooManyRequestsException (429) if all concurrency is in use or the rate limit is exceeded
   */
  accept(usualMillis: Acceptance['usualMillis'], isSynchronous = true): Acceptance {
    if (this.accepted.size >= this.limit && this.count() >= this.limit) {
      throw createThrottle(this.reasons.concurrency);
    }
    if (isSynchronous && !this.takeRequest()) throw createThrottle(this.reasons.rate);
    const acceptance = { isRunning: false, usualMillis };
    this.accepted.set(acceptance, this.clock());
    return acceptance;
  }

  end(acceptance: Acceptance): void {
    this.accepted.delete(acceptance);
  }

  private count(): number {
    const now = this.clock();
    const isActive = ([{ isRunning, usualMillis }, at]: [Acceptance, number]) =>
      isRunning || now - at < (usualMillis() ?? FIRST_RUN_MILLIS);
    return [...this.accepted].filter(isActive).length;
  }
}

function createThrottle(Reason: string): AwsError {
  return new AwsError('TooManyRequestsException', 'Rate Exceeded.', 429, { Reason, Type: 'User' });
}

/**
 * Divides the concurrency of an account among its functions. Functions without reserved concurrency share the rest.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
 *
 * @throws UsageError if the functions reserve more than Lambda allows
 */
export function divideConcurrency(
  functions: readonly FunctionModel[],
  accountLimit: number,
): (fn: FunctionModel) => Concurrency {
  const reserved = functions.reduce((sum, { reservedConcurrency = 0 }) => sum + reservedConcurrency, 0);
  // At least 100 must remain unreserved, or the whole quota if it is less than 100:
  // github.com/aws-samples/one-observability-demo/issues/278
  const minimum = Math.min(100, accountLimit);
  if (accountLimit - reserved < minimum) {
    throw new UsageError(
      "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its " +
        `minimum value of [${minimum}]. Reserve less than the current ${reserved} of ${accountLimit}.`,
    );
  }
  const shared = new Concurrency(accountLimit - reserved, {
    concurrency: 'ConcurrentInvocationLimitExceeded',
    rate: 'FunctionInvocationRateLimitExceeded',
  });
  return ({ reservedConcurrency }) =>
    reservedConcurrency === undefined
      ? shared
      : new Concurrency(reservedConcurrency, {
          concurrency: 'ReservedFunctionConcurrentInvocationLimitExceeded',
          rate: 'ReservedFunctionInvocationRateLimitExceeded',
        });
}
