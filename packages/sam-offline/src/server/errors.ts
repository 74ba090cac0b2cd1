import { AwsError, UnsupportedError } from '../core/service';

/** The maximum request body of all services. BatchWriteItem of DynamoDB has the largest limit. */
export const MAX_BODY_BYTES = 16 * 1024 * 1024;

/**
 * Converts an error from a service to an error of the service's API. Converts UnsupportedError to a client error. Any other
 * error is a bug in the runtime and is logged with its stack trace.
 */
export function toAwsError(error: unknown, log?: (line: object) => void): AwsError {
  if (error instanceof AwsError) return error;
  if (error instanceof UnsupportedError) {
    return new AwsError('UnsupportedOperationException', error.message, 400);
  }
  log?.({ failed: 'service', reason: error instanceof Error ? error.stack : String(error) });
  return new AwsError('InternalFailure', `Internal error in the local runtime: ${error}`, 500);
}
