import { randomUUID } from 'node:crypto';
import type { InvokeResult } from '../core/service';
import type { EventSourceMappingModel } from './model';
import type { StreamEventRecord } from './stream-record';

/** The reason why Lambda discards a batch. */
export type DiscardCondition = 'RetryAttemptsExhausted' | 'RecordAgeExceeded';

/**
 * Creates the JSON message about a discarded batch. It contains the position of the records in the stream, not the records.
 *
 * https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html#services-ddb-errors
 */
export function createDiscardedBatchRecord(batch: {
  readonly mapping: EventSourceMappingModel;
  readonly shardId: string;
  readonly records: readonly StreamEventRecord[];
  readonly condition: DiscardCondition;
  readonly invokeCount: number;
  readonly result: InvokeResult | undefined;
  /** The current time in epoch milliseconds. */
  readonly now: number;
}): string {
  const { mapping, shardId, records, condition, invokeCount, result, now } = batch;
  const first = records[0]?.dynamodb;
  const last = records.at(-1)?.dynamodb;
  return JSON.stringify({
    requestContext: {
      requestId: randomUUID(),
      functionArn: mapping.functionArn,
      condition,
      approximateInvokeCount: invokeCount,
    },
    ...(result && {
      responseContext: {
        statusCode: 200,
        executedVersion: '$LATEST',
        ...(result.functionError === undefined ? {} : { functionError: result.functionError }),
      },
    }),
    version: '1.0',
    timestamp: new Date(now).toISOString(),
    DDBStreamBatchInfo: {
      shardId,
      startSequenceNumber: first?.SequenceNumber,
      endSequenceNumber: last?.SequenceNumber,
      approximateArrivalOfFirstRecord: formatTime(first?.ApproximateCreationDateTime),
      approximateArrivalOfLastRecord: formatTime(last?.ApproximateCreationDateTime),
      batchSize: records.length,
      streamArn: mapping.sourceArn,
    },
  });
}

/** Formats epoch seconds, for example `2019-11-14T00:13:19Z`. */
function formatTime(seconds = 0): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`;
}
