import { AwsError, UsageError } from '../core/service';
import { createTokenBucket } from '../time/token-bucket';
import type { FunctionModel } from './model';

/** The default quota of an account. New accounts may have 10. */
export const DEFAULT_ACCOUNT_CONCURRENCY = 1_000;

/**
 * The synchronous invocations per second that one execution environment serves, so the rate of a function is ten times
 * its concurrency. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
const REQUESTS_PER_ENVIRONMENT = 10;

/** How long an invocation counts before the first run of its function: a cold start and a short run. */
const FIRST_RUN_MILLIS = 500;

/** An accepted invocation. */
export interface Acceptance {
  /** Whether the handler runs. Otherwise the invocation waits for a thread of this machine. */
  isRunning: boolean;
  /** Returns the usual duration of the function in milliseconds; undefined before its first run. */
  readonly usualMillis: () => number | undefined;
}

/**
 * The invocations of one function with reserved concurrency, or of all functions without. Lambda rejects the invocation
 * that exceeds the limit. https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
 *
 * On AWS, an accepted invocation runs at once. Here, it may wait for a thread. It then counts for as long as it would run
 * on AWS, so that a slow machine neither hides a throttle nor causes one.
 */
export class Concurrency {
  private readonly accepted = new Map<Acceptance, number>();

  private readonly takeRequest: () => boolean;

  /**
   * @param reasons the `Reason` of TooManyRequestsException
   * @param clock returns milliseconds
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
   * Accepts an invocation. Call `end` when it ends. Only synchronous invocations have a maximum rate.
   *
   * @throws AwsError TooManyRequestsException (429) if all concurrency is in use, or the rate is exceeded
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
 * Divides the concurrency of an account among its functions: reserved, or shared by the others.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
 *
 * @throws UsageError if the functions reserve more than Lambda allows
 */
export function divideConcurrency(
  functions: readonly FunctionModel[],
  accountLimit: number,
): (fn: FunctionModel) => Concurrency {
  const reserved = functions.reduce((sum, { reservedConcurrency = 0 }) => sum + reservedConcurrency, 0);
  // The minimum is 100. In accounts with a lower quota, it is the quota: github.com/aws-samples/one-observability-demo/issues/278
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
