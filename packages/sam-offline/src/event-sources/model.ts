/** Lets Lambda read a queue or the stream of a table, and invoke a function with batches of its records. */
export interface EventSourceMappingModel {
  readonly logicalId: string;
  readonly functionArn: string;
  /** The ARN of a queue or a stream. */
  readonly sourceArn: string;
  readonly enabled: boolean;
  readonly batchSize: number;
  /** How long Lambda gathers a batch, from 0 to 300. */
  readonly batchingWindowSeconds: number;
  /** Whether the function's result names the failed records of a batch: ReportBatchItemFailures. */
  readonly reportsItemFailures: boolean;
  /** The event patterns of FilterCriteria. A record that matches none is discarded. If empty, all records match. */
  readonly filters: readonly Readonly<Record<string, unknown>>[];
  /** ScalingConfig.MaximumConcurrency, from 2 to 1,000. */
  readonly maximumConcurrency?: number;
  /** Set for streams. */
  readonly stream?: StreamMappingModel;
}

/** How Lambda processes failed batches of a stream. */
export interface StreamMappingModel {
  /** Whether Lambda divides a failed batch in two. */
  readonly bisects: boolean;
  /** Absent if failed batches are retried until their records expire. */
  readonly maximumRetryAttempts?: number;
  readonly maximumRecordAgeSeconds?: number;
  /** The ARN of the queue for the records of discarded batches. */
  readonly onFailureArn?: string;
}
