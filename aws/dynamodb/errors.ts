import { ConditionalCheckFailedException, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';

/** Returns the result of the call, or undefined if its condition failed. */
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
  const item = itemIfConditionFailed(error);
  if (!item) throw error;
  return item;
}

/**
 * Returns the item that failed the condition of a write, or undefined if there is none.
 *
 * @throws the given error if it is not a failed condition.
 */
export function itemIfConditionFailed(error: unknown): ReturnType<typeof unmarshall> | undefined {
  if (!(error instanceof ConditionalCheckFailedException)) throw error;
  return error.Item && unmarshall(error.Item);
}

/** Returns the cancellation reasons of a transaction, one for each action in order, or undefined for any other error. */
export function cancellationReasons(error: unknown) {
  return error instanceof TransactionCanceledException ? error.CancellationReasons : undefined;
}

export const CONDITION_FAILED = 'ConditionalCheckFailed';

/**
 * Returns the cancellation reasons of a transaction if a condition failed, one for each action in order. Returns undefined if
 * the transaction succeeded.
 */
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
