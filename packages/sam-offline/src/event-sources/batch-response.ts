import { type InvokeResult, isObject } from '../core/service';

/**
 * Returns the identifiers of the failed records of a batch. Without ReportBatchItemFailures, a batch fails or succeeds as a
 * whole. The whole batch also fails if the response is invalid.
 *
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting
 *
 * @param result undefined if the function could not be invoked
 */
export function findFailedItems(
  result: InvokeResult | undefined,
  identifiers: readonly string[],
  reportsItemFailures: boolean,
): ReadonlySet<string> {
  if (!result || result.functionError !== undefined) return new Set(identifiers);
  if (!reportsItemFailures) return new Set();
  const reported = parseResponse(result.payload, identifiers);
  return new Set(reported ?? identifiers);
}

/** Returns the reported identifiers. Returns undefined for an invalid response. */
function parseResponse(payload: unknown, identifiers: readonly string[]): string[] | undefined {
  if (payload === null || payload === undefined || payload === '') return [];
  if (!isObject(payload)) return undefined;
  const failures = payload.batchItemFailures ?? [];
  if (!Array.isArray(failures)) return undefined;
  const reported = failures.map((failure: unknown) =>
    isObject(failure) ? failure.itemIdentifier : undefined,
  );
  const isValid = (id: unknown): id is string => typeof id === 'string' && identifiers.includes(id);
  return reported.every(isValid) ? reported : undefined;
}
