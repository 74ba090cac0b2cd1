import { AwsError, type InvokeResult, type JsonObject } from '../core/service';
import type { Sleep } from '../time/runtime-clock';
import { findFailedItems } from './batch-response';
import { createFilter } from './filter';
import type { EventSourceMappingModel, StreamMappingModel } from './model';
import { type PollerOptions, RETRY_DELAY_MS, splitBySize } from './poller';
import { createDiscardedBatchRecord, type DiscardCondition } from './stream-failure';
import { createStreamEventRecord, type StreamEventRecord, type StreamRecord } from './stream-record';

/** The maximum delay between two attempts. AWS documents exponential back-off, but not the delays. */
const MAX_DELAY_MS = 60_000;

/** The maximum number of records that GetRecords returns. */
const MAX_RECORDS = 1_000;

/**
 * Reads the stream of a table and invokes a function with batches of records, in order within each shard. A failed batch blocks
 * its shard until the batch succeeds or is discarded.
 *
 * https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
 */
export class StreamPoller {
  private readonly filter: (record: JsonObject) => boolean;
  private readonly stream: StreamMappingModel;

  constructor(
    private readonly mapping: EventSourceMappingModel,
    private readonly options: PollerOptions,
  ) {
    this.filter = createFilter(mapping.filters);
    this.stream = mapping.stream ?? { bisects: false };
  }

  /** Polls until the poller is closed and its last invocation has ended. Never rejects. */
  async run(): Promise<void> {
    const { sourceArn: StreamArn } = this.mapping;
    const output = await this.retry('DescribeStream', { StreamArn });
    const { Shards = [] } = (output.StreamDescription ?? {}) as { Shards?: { ShardId: string }[] };
    await Promise.all(Shards.map(({ ShardId }) => this.runShard(ShardId)));
  }

  private async runShard(ShardId: string): Promise<void> {
    const { sourceArn: StreamArn } = this.mapping;
    const shard = new ShardReader(ShardId, await this.createIterator(ShardId));
    const unwatch = this.options.watchStream(StreamArn, shard.notify);
    this.options.closing.addEventListener('abort', shard.notify);
    while (!this.options.closing.aborted) {
      for (const batch of splitBySize(await this.gather(shard))) await this.process(ShardId, batch);
    }
    unwatch();
  }

  /**
   * Reads records until the batch is full or its batching window ends. Records that the filter rejects do not count towards the
   * batch size.
   */
  private async gather(shard: ShardReader): Promise<StreamEventRecord[]> {
    const { batchSize, batchingWindowSeconds, sourceArn } = this.mapping;
    const batch: StreamEventRecord[] = [];
    let endsAt: number | undefined;
    while (batch.length < batchSize && !this.options.closing.aborted) {
      const Limit = Math.min(batchSize - batch.length, MAX_RECORDS);
      const output = await this.read(shard, Limit);
      const records = (output.Records ?? []) as StreamRecord[];
      shard.iterator = output.NextShardIterator ?? shard.iterator;
      batch.push(...records.map((record) => createStreamEventRecord(record, sourceArn)).filter(this.filter));
      if (batch.length > 0) endsAt ??= this.options.now() + batchingWindowSeconds * 1000;
      if (records.length > 0) continue;
      const left = endsAt === undefined ? Number.POSITIVE_INFINITY : endsAt - this.options.now();
      if (left <= 0) break;
      await shard.wait(left, this.options.sleep);
    }
    return batch;
  }

  /** Reads records. If the records at the shard's position have been trimmed, continues with the oldest available record. */
  private async read(shard: ShardReader, Limit: number): Promise<JsonObject> {
    while (!this.options.closing.aborted) {
      try {
        return await this.options.call('dynamodbstreams', 'GetRecords', {
          ShardIterator: shard.iterator,
          Limit,
        });
      } catch (error) {
        this.log(error);
        if (error instanceof AwsError && error.code === 'TrimmedDataAccessException')
          shard.iterator = await this.createIterator(shard.id);
        else await this.options.sleep(RETRY_DELAY_MS, this.options.closing);
      }
    }
    return {};
  }

  /** Creates a shard iterator. The stream starts with the runtime, so LATEST and TRIM_HORIZON are the same position. */
  private async createIterator(ShardId: string): Promise<unknown> {
    const { sourceArn: StreamArn } = this.mapping;
    const start = { StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' };
    return (await this.retry('GetShardIterator', start)).ShardIterator;
  }

  /** Invokes the function until all records have succeeded or have been discarded. */
  private async process(shardId: string, batch: readonly StreamEventRecord[]): Promise<void> {
    const { functionArn, reportsItemFailures } = this.mapping;
    let records = batch;
    let retries = 0;
    for (let attempts = 0; ; ) {
      records = await this.discardExpired(shardId, records, attempts);
      if (records.length === 0 || this.options.closing.aborted) return;
      let result: InvokeResult | undefined;
      try {
        result = await this.options.invoke(functionArn, { Records: records });
        attempts += 1;
      } catch (error) {
        this.log(error); // a throttled invocation does not count as an attempt
      }
      const ids = records.map(({ dynamodb }) => dynamodb.SequenceNumber);
      const failed = findFailedItems(result, ids, reportsItemFailures);
      if (failed.size === 0) return;
      // Lambda continues with the first failed record, because later records may depend on it.
      const start = ids.findIndex((id) => failed.has(id));
      records = records.slice(start);
      if (result && start === 0 && this.stream.bisects && records.length > 1) {
        // Splitting a batch is not a retry.
        const middle = Math.ceil(records.length / 2);
        await this.process(shardId, records.slice(0, middle));
        return this.process(shardId, records.slice(middle));
      }
      if (result && retries >= (this.stream.maximumRetryAttempts ?? Number.POSITIVE_INFINITY)) {
        return this.discard(shardId, records, 'RetryAttemptsExhausted', attempts, result);
      }
      await this.options.sleep(Math.min(RETRY_DELAY_MS * 2 ** retries, MAX_DELAY_MS), this.options.closing);
      if (result) retries += 1;
    }
  }

  private async discardExpired(
    shardId: string,
    records: readonly StreamEventRecord[],
    attempts: number,
  ): Promise<readonly StreamEventRecord[]> {
    const { maximumRecordAgeSeconds } = this.stream;
    if (maximumRecordAgeSeconds === undefined) return records;
    const oldest = this.options.now() / 1000 - maximumRecordAgeSeconds;
    const kept = records.filter(({ dynamodb }) => dynamodb.ApproximateCreationDateTime >= oldest);
    const expired = records.filter((record) => !kept.includes(record));
    if (expired.length > 0) await this.discard(shardId, expired, 'RecordAgeExceeded', attempts, undefined);
    return kept;
  }

  private async discard(
    shardId: string,
    records: readonly StreamEventRecord[],
    condition: DiscardCondition,
    invokeCount: number,
    result: InvokeResult | undefined,
  ): Promise<void> {
    const { mapping, options } = this;
    const { onFailureArn } = this.stream;
    options.log(`${mapping.logicalId}: discarded ${records.length} records: ${condition}`);
    if (onFailureArn === undefined) return;
    const batch = { mapping, shardId, records, condition, invokeCount, result, now: options.now() };
    const QueueUrl = onFailureArn.split(':').at(-1);
    try {
      await options.call('sqs', 'SendMessage', { QueueUrl, MessageBody: createDiscardedBatchRecord(batch) });
    } catch (error) {
      this.log(error);
    }
  }

  /** Calls an action until it succeeds. Returns an empty output when the poller closes. */
  private async retry(action: string, input: JsonObject): Promise<JsonObject> {
    while (!this.options.closing.aborted) {
      try {
        return await this.options.call('dynamodbstreams', action, input);
      } catch (error) {
        this.log(error);
        await this.options.sleep(RETRY_DELAY_MS, this.options.closing);
      }
    }
    return {};
  }

  private log(error: unknown): void {
    if (!this.options.closing.aborted) this.options.log(`${this.mapping.logicalId}: ${error}`);
  }
}

/** Stores the position in a shard, and whether the shard may have new records. */
class ShardReader {
  private hasNews = false;
  private waiting = new AbortController();

  constructor(
    readonly id: string,
    public iterator: unknown,
  ) {}

  readonly notify = (): void => {
    this.hasNews = true;
    this.waiting.abort();
  };

  /** Waits up to `millis` for new records. */
  async wait(millis: number, sleep: Sleep): Promise<void> {
    if (!this.hasNews) {
      this.waiting = new AbortController();
      await sleep(millis, this.waiting.signal);
    }
    this.hasNews = false;
  }
}
