import { AwsError, UnsupportedError } from '../core/service';

/** The largest request body of any service: BatchWriteItem of DynamoDB. */
export const MAX_BODY_BYTES = 16 * 1024 * 1024;

/**
 * Converts an error that a service threw into an error of its API. An unsupported feature becomes a client error. Any
 * other error is a bug in the runtime and is logged with its stack.
 */
export function toAwsError(error: unknown, log?: (line: object) => void): AwsError {
  if (error instanceof AwsError) return error;
  if (error instanceof UnsupportedError) {
    return new AwsError('UnsupportedOperationException', error.message, 400);
  }
  log?.({ failed: 'service', reason: error instanceof Error ? error.stack : String(error) });
  return new AwsError('InternalFailure', `Internal error in the local runtime: ${error}`, 500);
}
