import type { InvokeResult } from '../core/service';

/** The reason why Lambda discards an event. */
export type FailureCondition = 'RetriesExhausted' | 'EventAgeExceeded' | 'ZeroReservedConcurrency';

/**
 * Creates the record of a failed asynchronous invocation, as JSON. If the last attempt returned no response, the record
 * contains none.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
 */
export function createFailureRecord(invocation: {
  readonly functionArn: string;
  readonly requestId: string;
  /** The event as JSON. */
  readonly payload: string;
  readonly condition: FailureCondition;
  readonly attempts: number;
  readonly result?: InvokeResult;
}): string {
  const { functionArn, requestId, payload, condition, attempts, result } = invocation;
  return JSON.stringify({
    version: '1.0',
    timestamp: new Date().toISOString(),
    requestContext: {
      requestId,
      functionArn: `${functionArn}:$LATEST`,
      condition,
      approximateInvokeCount: attempts,
    },
    requestPayload: JSON.parse(payload),
    ...(result && {
      responseContext: {
        statusCode: 200,
        executedVersion: '$LATEST',
        functionError: result.functionError,
      },
      responsePayload: result.payload,
    }),
  });
}
