import { setTimeout as sleep } from 'node:timers/promises';
import {
  ConditionalCheckFailedException,
  TransactionCanceledException,
  TransactionConflictException,
} from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';

/** The waits add up to 2 seconds on average and 4 at most, which fits into a function's timeout several times. */
const MAX_ATTEMPTS = 12;
const FIRST_BACKOFF_MS = 15;
const MAX_BACKOFF_MS = 500;

/**
 * Reasons for which DynamoDB cancels a transaction that may succeed later. The SDK retries a throttled request, but not a
 * transaction that is cancelled because one of its actions is throttled.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
 */
const TRANSIENT_REASONS = ['TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded'];

/** Returns the call's result, or undefined if its condition failed. */
export async function ifConditionHolds<T>(call: Promise<T>): Promise<T | undefined> {
  return call.catch((error) => {
    if (error instanceof ConditionalCheckFailedException) return undefined;
    throw error;
  });
}

/**
 * Returns the item that failed the condition of a write with `ReturnValuesOnConditionCheckFailure: 'ALL_OLD'`.
 *
 * @throws the given error if it is not a failed condition, or if it contains no item.
 */
export function itemOfFailedCondition(error: unknown): ReturnType<typeof unmarshall> {
  if (!(error instanceof ConditionalCheckFailedException) || !error.Item) throw error;
  return unmarshall(error.Item);
}

/**
 * Returns the reasons of a cancelled transaction, one per action and in the actions' order, or undefined for any other
 * error.
 */
export function cancellationReasons(error: unknown) {
  return error instanceof TransactionCanceledException ? error.CancellationReasons : undefined;
}

export const CONDITION_FAILED = 'ConditionalCheckFailed';

/** Returns the reasons of a transaction that was cancelled by a condition, in the actions' order, or undefined if it succeeded. */
export async function reasonsIfConditionFailed(
  transaction: Promise<unknown>,
): Promise<ReturnType<typeof cancellationReasons>> {
  try {
    await transaction;
    return undefined;
  } catch (error) {
    const reasons = cancellationReasons(error);
    if (reasons?.some(({ Code }) => Code === CONDITION_FAILED)) return reasons;
    throw error;
  }
}

/**
 * Runs `call`, and repeats it with full jitter while DynamoDB rejects it because another request is writing the same
 * items, or cancels it because an action is throttled. DynamoDB rejects overlapping transactions instead of queueing them,
 * and the SDK does not retry them.
 *
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-conflict-handling
 *
 * @param wait waits for a number of milliseconds.
 * @throws the last conflict after the last attempt, and any other error at once.
 */
export async function retryConflicts<T>(
  call: () => Promise<T>,
  wait: (ms: number) => Promise<unknown> = sleep,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await call();
    } catch (error) {
      if (attempt === MAX_ATTEMPTS || !isConflict(error)) throw error;
      await wait(Math.random() * Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** attempt));
    }
  }
}

/** Returns whether a cancellation reason is temporary. */
export function isTransient(code: string | undefined): boolean {
  return code !== undefined && TRANSIENT_REASONS.includes(code);
}

/** Returns whether a write failed only because of conflicts or throttling. */
function isConflict(error: unknown): boolean {
  if (error instanceof TransactionConflictException) return true;
  const failed = cancellationReasons(error)?.filter(({ Code }) => Code !== 'None') ?? [];
  return failed.length > 0 && failed.every(({ Code }) => isTransient(Code));
}
