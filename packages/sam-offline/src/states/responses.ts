import { randomUUID } from 'node:crypto';
import { AwsError, type JsonObject } from '../core/service';
import type { ExecutionRecord } from './execution-record';
import type { Run } from './run/executions';

/** DescribeExecution's answer. Of an execution that timed out it says neither error nor cause. */
export function describe(run: Run): JsonObject {
  return {
    ...listItem(run),
    ...(run.status === 'TIMED_OUT' ? {} : outcome(run.record)),
    input: run.start.text,
    inputDetails: { included: true },
    ...(run.start.traceHeader === undefined ? {} : { traceHeader: run.start.traceHeader }),
  };
}

/** An element of ListExecutions' answer. */
export function listItem({ executionArn, start, machine, status, startDate, record }: Run): JsonObject {
  return {
    executionArn,
    stateMachineArn: machine.model.arn,
    name: start.name,
    status,
    startDate: startDate / 1000,
    ...(record ? { stopDate: record.stopDate / 1000 } : {}),
  };
}

/** StartSyncExecution's answer. Billed by 100 ms and 64 MB. */
export function syncResult(record: ExecutionRecord): JsonObject {
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
    ...outcome(record),
    ...(traceHeader === undefined ? {} : { traceHeader }),
    billingDetails: {
      billedDurationInMilliseconds: Math.max(1, Math.ceil((stopDate - startDate) / 100)) * 100,
      billedMemoryUsedInMB: 64,
    },
  };
}

function outcome(record: ExecutionRecord | undefined): JsonObject {
  if (!record) return {};
  const { status, output, error, cause } = record;
  return {
    ...(status === 'SUCCEEDED' ? { output: JSON.stringify(output), outputDetails: { included: true } } : {}),
    ...(error === undefined ? {} : { error }),
    ...(cause === undefined ? {} : { cause }),
  };
}

const LARGEST_PAGE = 1000;
/** Makes tokens of this process tell apart from others, whose offsets would mean something else. */
const TOKEN = randomUUID();

/** One page of a list, by `maxResults` (0: the default, 100) and `nextToken`. */
export function nextPage<T>(
  all: readonly T[],
  request: JsonObject,
): { items: T[]; nextToken: { nextToken?: string } } {
  const size = Number(request.maxResults ?? 0) || 100;
  if (!Number.isInteger(size) || size < 1 || size > LARGEST_PAGE) {
    throw new AwsError(
      'ValidationException',
      `Value '${request.maxResults}' at 'maxResults' is not from 0 to 1000`,
    );
  }
  const offset = request.nextToken === undefined ? 0 : readToken(String(request.nextToken));
  const end = offset + size;
  const nextToken = end < all.length ? { nextToken: Buffer.from(`${TOKEN}:${end}`).toString('base64') } : {};
  return { items: all.slice(offset, end), nextToken };
}

function readToken(token: string): number {
  const [owner, offset] = Buffer.from(token, 'base64').toString().split(':');
  if (owner !== TOKEN) throw new AwsError('InvalidToken', `Invalid Token: '${token}'`);
  return Number(offset);
}
