import { Exceptions } from './cause';
import type { Segment, Subsegment } from './segment';
import { SpanTree } from './span-tree';

/**
 * The category of a call that was rejected or failed. Faults (5xx), throttles (429) and errors (other 4xx) are those of X-Ray.
 * An `expected` rejection is an error for X-Ray, but not a problem: DynamoDB has rejected a write because its condition is not
 * met, or because it conflicts with a transaction, and the segment that made the call succeeded.
 */
export type Outcome = Failure | 'expected';

export type Failure = 'fault' | 'throttle' | 'error';

/** The codes of DynamoDB errors and of reasons to cancel a transaction. */
const EXPECTED_CODES = new Set([
  ...['ConditionalCheckFailedException', 'ConditionalCheckFailed'],
  ...['TransactionConflictException', 'TransactionConflict'],
]);

/** Error codes of throttled calls, some of which have the status 400, and the same reasons to cancel a transaction. */
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
 * A 4xx status takes precedence over `fault`, because the X-Ray SDK marks every rejected call as a fault, including 4xx
 * responses.
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

/** A segment arrives when it ends, so a call of running code has no owner. */
function hasSucceeded(owner: Segment | undefined): boolean {
  return owner !== undefined && !owner.fault && !owner.error;
}
