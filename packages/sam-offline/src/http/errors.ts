import { AwsError, UnsupportedError } from '../core/service';

/** The largest request body any service takes: that of DynamoDB's BatchWriteItem. */
export const MAX_BODY_BYTES = 16 * 1024 * 1024;

/**
 * Whatever a service threw, as the API tells it: what this runtime does not have is the caller's error, and is
 * named; anything else is a fault of the runtime, logged with its stack.
 */
export function asAwsError(error: unknown, log?: (line: object) => void): AwsError {
  if (error instanceof AwsError) return error;
  if (error instanceof UnsupportedError) {
    return new AwsError('UnsupportedOperationException', error.message, 400);
  }
  log?.({ failed: 'service', reason: error instanceof Error ? error.stack : String(error) });
  return new AwsError('InternalFailure', `The local runtime failed: ${error}`, 500);
}
