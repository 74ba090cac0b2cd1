import { Exceptions } from './cause';
import type { Segment, Subsegment } from './segment';
import { SpanTree } from './span-tree';

/**
 * The category of a rejected or failed call. Faults (5xx), throttles (429) and errors (other 4xx) have the same meaning as in
 * X-Ray. An `expected` rejection is an error in X-Ray, but not a problem: DynamoDB rejected a write because the write's
 * condition was not met or because of a transaction conflict, but the calling segment succeeded.
 */
export type Outcome = Failure | 'expected';

export type Failure = 'fault' | 'throttle' | 'error';

/** The codes of DynamoDB errors and cancellation reasons that are expected. */
const EXPECTED_CODES = new Set([
  ...['ConditionalCheckFailedException', 'ConditionalCheckFailed'],
  ...['TransactionConflictException', 'TransactionConflict'],
]);

/** The error codes and cancellation reasons of throttled calls. Some of these errors have the status 400. */
const THROTTLING_CODES = new Set([
  ...['ThrottlingException', 'ThrottlingError', 'Throttling', 'ThrottledException', 'RequestThrottled'],
  ...['ProvisionedThroughputExceededException', 'ProvisionedThroughputExceeded', 'RequestLimitExceeded'],
  ...['TooManyRequestsException', 'RequestThrottledException'],
]);

/** Returns the outcomes of all rejected and failed segments and subsegments, by ID. */
export function collectOutcomes(
  segments: readonly Segment[],
  tree = new SpanTree(segments),
): Record<string, Outcome> {
  const spans = tree.list();
  const exceptions = new Exceptions(spans);
  const outcomes: Record<string, Outcome> = {};
  for (const span of spans) {
    const codes = exceptions.codesOf(span);
    const failure = classifyFailure(span, codes);
    if (failure === undefined) continue;
    const isExpected = codes.length > 0 && codes.every((code) => EXPECTED_CODES.has(code));
    outcomes[span.id] = isExpected && hasSucceeded(tree.findOwner(span.id)) ? 'expected' : failure;
  }
  return outcomes;
}

/**
 * Returns the category of a failed call. A 4xx status takes precedence over `fault`, because the X-Ray SDK marks all rejected
 * calls as faults, including 4xx responses.
 */
function classifyFailure(
  { fault, error, throttle, http }: Subsegment,
  codes: readonly string[],
): Failure | undefined {
  const status = http?.response?.status ?? 0;
  const hasFailed = fault || error || status >= 400;
  if (throttle || status === 429) return 'throttle';
  if (hasFailed && codes.some((code) => THROTTLING_CODES.has(code))) return 'throttle';
  if (status >= 400 && status < 500) return 'error';
  if (fault) return 'fault';
  return error ? 'error' : undefined;
}

/**
 * Returns whether the calling segment succeeded. Segments arrive when they end, so the owner is undefined while the code is
 * still running.
 */
function hasSucceeded(owner: Segment | undefined): boolean {
  return owner !== undefined && !owner.fault && !owner.error;
}
