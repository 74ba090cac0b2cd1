import type { InvokeResult } from './function';

/** Why Lambda gave an event up. */
export type Condition = 'RetriesExhausted' | 'EventAgeExceeded' | 'ZeroReservedConcurrency';

/**
 * The record of a failed asynchronous invocation, as JSON. Where the last attempt yielded no response, or there
 * was none, the record has none.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
 */
export function failureRecord(invocation: {
  readonly functionArn: string;
  readonly requestId: string;
  /** The event, as JSON. */
  readonly payload: string;
  readonly condition: Condition;
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
