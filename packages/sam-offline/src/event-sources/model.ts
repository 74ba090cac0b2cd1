/** An event source mapping. Lambda reads a queue or the stream of a table, and invokes a function with batches of records. */
export interface EventSourceMappingModel {
  readonly logicalId: string;
  readonly functionArn: string;
  /** The ARN of a queue or a stream. */
  readonly sourceArn: string;
  readonly enabled: boolean;
  readonly batchSize: number;
  /** The maximum time for which Lambda collects records for a batch, from 0 to 300 seconds. */
  readonly batchingWindowSeconds: number;
  /** Whether the function's result lists the failed records of a batch (ReportBatchItemFailures). */
  readonly reportsItemFailures: boolean;
  /**
   * The event patterns of FilterCriteria. Records that match no pattern are discarded. If the list is empty, all records match.
   */
  readonly filters: readonly Readonly<Record<string, unknown>>[];
  /** The value of ScalingConfig.MaximumConcurrency, from 2 to 1,000. */
  readonly maximumConcurrency?: number;
  /** Present for streams. */
  readonly stream?: StreamMappingModel;
}

/** Configures how Lambda processes failed batches of a stream. */
export interface StreamMappingModel {
  /** Whether Lambda divides a failed batch in two. */
  readonly bisects: boolean;
  /** If absent, Lambda retries a failed batch until its records expire. */
  readonly maximumRetryAttempts?: number;
  readonly maximumRecordAgeSeconds?: number;
  /** The ARN of the queue that receives messages about discarded batches. */
  readonly onFailureArn?: string;
}
