import {
  ConditionalCheckFailedException,
  TransactionCanceledException,
  TransactionConflictException,
} from '@aws-sdk/client-dynamodb';

/** The call's result; undefined if its condition did not hold. */
export async function ifConditionHolds<T>(call: Promise<T>): Promise<T | undefined> {
  return call.catch((error) => {
    if (isConditionFailed(error)) return undefined;
    throw error;
  });
}

function isConditionFailed(error: unknown): boolean {
  return error instanceof ConditionalCheckFailedException;
}

/** A single write met a transaction that is under way on its item: the item is there, or about to be. */
export function isTransactionConflict(error: unknown): boolean {
  return error instanceof TransactionConflictException;
}

/** One reason per action of the cancelled transaction, in the actions' order; undefined if it is another error. */
export function cancellationReasons(error: unknown) {
  return error instanceof TransactionCanceledException ? error.CancellationReasons : undefined;
}
