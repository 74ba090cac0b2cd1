import { randomUUID } from 'node:crypto';
import { AwsError, type JsonObject } from '../core/service';
import type { ExecutionRecord } from './execution-record';
import type { ExecutionHandle } from './run/executions';

/** Builds the DescribeExecution response. As on AWS, it omits the error and cause of a timed-out execution. */
export function toDescription(handle: ExecutionHandle): JsonObject {
  return {
    ...toListItem(handle),
    ...(handle.status === 'TIMED_OUT' ? {} : resultFields(handle.record)),
    input: handle.start.text,
    inputDetails: { included: true },
    ...(handle.start.traceHeader === undefined ? {} : { traceHeader: handle.start.traceHeader }),
  };
}

/** Builds an element of the ListExecutions response. */
export function toListItem(handle: ExecutionHandle): JsonObject {
  const { executionArn, start, machine, status, startDate, record } = handle;
  return {
    executionArn,
    stateMachineArn: machine.model.arn,
    name: start.name,
    status,
    startDate: startDate / 1000,
    ...(record ? { stopDate: record.stopDate / 1000 } : {}),
  };
}

/** Builds the StartSyncExecution response. AWS bills Express executions per 100 ms and 64 MB. */
export function toSyncResult(record: ExecutionRecord): JsonObject {
  const { executionArn, stateMachineArn, name, status, startDate, stopDate, input, traceHeader } = record;
  return {
    executionArn,
    stateMachineArn,
    name,
    status,
    startDate: startDate / 1000,
    stopDate: stopDate / 1000,
    input: JSON.stringify(input),
    inputDetails: { included: true },
    ...resultFields(record),
    ...(traceHeader === undefined ? {} : { traceHeader }),
    billingDetails: {
      billedDurationInMilliseconds: Math.max(1, Math.ceil((stopDate - startDate) / 100)) * 100,
      billedMemoryUsedInMB: 64,
    },
  };
}

function resultFields(record: ExecutionRecord | undefined): JsonObject {
  if (!record) return {};
  const { status, output, error, cause } = record;
  return {
    ...(status === 'SUCCEEDED' ? { output: JSON.stringify(output), outputDetails: { included: true } } : {}),
    ...(error === undefined ? {} : { error }),
    ...(cause === undefined ? {} : { cause }),
  };
}

const MAX_PAGE_SIZE = 1000;
/** The prefix of pagination tokens. Tokens of other processes are invalid, because their offsets refer to other lists. */
const TOKEN_PREFIX = randomUUID();

/** Returns a page of at most `maxResults` items, starting at `nextToken`. If `maxResults` is 0, the default of 100 applies. */
export function paginate<T>(
  all: readonly T[],
  request: JsonObject,
): { items: T[]; nextToken: { nextToken?: string } } {
  const size = Number(request.maxResults ?? 0) || 100;
  if (!Number.isInteger(size) || size < 1 || size > MAX_PAGE_SIZE) {
    throw new AwsError(
      'ValidationException',
      `1 validation error detected: Value '${request.maxResults}' at 'maxResults' failed to satisfy constraint: ` +
        `Member must have value between 0 and ${MAX_PAGE_SIZE}`,
    );
  }
  const offset = request.nextToken === undefined ? 0 : parseToken(String(request.nextToken));
  const end = offset + size;
  const nextToken =
    end < all.length ? { nextToken: Buffer.from(`${TOKEN_PREFIX}:${end}`).toString('base64') } : {};
  return { items: all.slice(offset, end), nextToken };
}

function parseToken(token: string): number {
  const [prefix, offset] = Buffer.from(token, 'base64').toString().split(':');
  if (prefix !== TOKEN_PREFIX) throw new AwsError('InvalidToken', `Invalid Token: '${token}'`);
  return Number(offset);
}
