import { ConditionalCheckFailedException, TransactionCanceledException } from '@aws-sdk/client-dynamodb';

export function isConditionFailed(error: unknown): boolean {
  return error instanceof ConditionalCheckFailedException;
}

/** One reason per action of the cancelled transaction, in the actions' order; undefined if it is another error. */
export function cancellationReasons(error: unknown) {
  return error instanceof TransactionCanceledException ? error.CancellationReasons : undefined;
}
