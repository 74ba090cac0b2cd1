import {
  ConditionalCheckFailedException,
  TransactionCanceledException,
  TransactionConflictException,
} from '@aws-sdk/client-dynamodb';

/** Returns the call's result, or undefined if its condition failed. */
export async function ifConditionHolds<T>(call: Promise<T>): Promise<T | undefined> {
  return call.catch((error) => {
    if (error instanceof ConditionalCheckFailedException) return undefined;
    throw error;
  });
}

/** Returns whether a single write was rejected because a transaction is writing the same item. */
export function isTransactionConflict(error: unknown): boolean {
  return error instanceof TransactionConflictException;
}

/**
 * Returns the reasons of a cancelled transaction, one per action and in the actions' order, or undefined for any other
 * error.
 */
export function cancellationReasons(error: unknown) {
  return error instanceof TransactionCanceledException ? error.CancellationReasons : undefined;
}
