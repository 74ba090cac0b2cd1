import type { InvokeResult, JsonObject } from '../core/service';
import { findFailedItems } from './batch-response';
import { createFilter } from './filter';
import type { EventSourceMappingModel } from './model';
import { type PollerOptions, RETRY_DELAY_MS, splitBySize } from './poller';
import { createQueueRecord, type QueueRecord } from './queue-record';

/** https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html */
const INITIAL_CONCURRENCY = 5;
const ADDED_PER_SECOND = 5;
const MAX_CONCURRENCY = 1_000;

/** The maximum number of messages in a ReceiveMessage or DeleteMessageBatch request. */
const MAX_MESSAGES = 10;

/** The maximum wait time of a ReceiveMessage request. */
const WAIT_SECONDS = 20;

/**
 * Reads a queue and invokes a function with batches of messages. Deletes the messages of successful batches. Failed messages
 * become visible again after the queue's visibility timeout.
 *
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
 */
export class QueuePoller {
  private readonly filter: (record: JsonObject) => boolean;
  private readonly running = new Set<Promise<void>>();
  /** The start of the current period of continuous processing. */
  private busySince = 0;

  constructor(
    private readonly mapping: EventSourceMappingModel,
    private readonly options: PollerOptions,
  ) {
    this.filter = createFilter(mapping.filters, 'body');
  }

  /** Polls until the poller is closed and its last invocation has ended. Never rejects. */
  async run(): Promise<void> {
    while (!this.options.closing.aborted) {
      if (this.running.size >= this.concurrency()) {
        await Promise.race(this.running);
        continue;
      }
      const messages = await this.gather();
      if (messages.length > 0) this.start(messages);
    }
    await Promise.all(this.running);
  }

  private start(messages: readonly JsonObject[]): void {
    if (this.running.size === 0) this.busySince = this.options.now();
    const work = this.process(messages)
      .catch((error: unknown) => this.log(error))
      .finally(() => this.running.delete(work));
    this.running.add(work);
  }

  /**
   * Returns the maximum number of concurrent batches. Lambda starts with 5 and adds up to 300 per minute while the queue has
   * messages.
   */
  private concurrency(): number {
    const seconds = (this.options.now() - this.busySince) / 1000;
    const scaled = INITIAL_CONCURRENCY + Math.floor(seconds * ADDED_PER_SECOND);
    return Math.min(scaled, this.mapping.maximumConcurrency ?? MAX_CONCURRENCY);
  }

  /** Receives messages until the batch is full or its batching window ends. */
  private async gather(): Promise<JsonObject[]> {
    const { batchSize, batchingWindowSeconds } = this.mapping;
    const messages = await this.receive(batchSize, WAIT_SECONDS);
    const endsAt = this.options.now() + batchingWindowSeconds * 1000;
    while (messages.length > 0 && messages.length < batchSize && !this.options.closing.aborted) {
      const left = Math.ceil((endsAt - this.options.now()) / 1000);
      if (left <= 0) break;
      messages.push(...(await this.receive(batchSize - messages.length, Math.min(left, WAIT_SECONDS))));
    }
    return messages;
  }

  private async receive(max: number, waitSeconds: number): Promise<JsonObject[]> {
    try {
      const { Messages } = await this.call('ReceiveMessage', {
        MaxNumberOfMessages: Math.min(max, MAX_MESSAGES),
        WaitTimeSeconds: waitSeconds,
        MessageSystemAttributeNames: ['All'],
        MessageAttributeNames: ['All'],
      });
      return (Messages ?? []) as JsonObject[];
    } catch (error) {
      this.log(error);
      await this.options.sleep(RETRY_DELAY_MS, this.options.closing);
      return [];
    }
  }

  private async process(messages: readonly JsonObject[]): Promise<void> {
    const { sourceArn } = this.mapping;
    const records = messages.map((message) => createQueueRecord(message, sourceArn, this.options.region));
    const accepted = records.filter(this.filter);
    // Lambda deletes the messages that the filter rejects.
    await this.deleteMessages(records.filter((record) => !accepted.includes(record)));
    const failedGroups = new Set<string>();
    for (const batch of splitBySize(accepted)) {
      // In a FIFO queue, later messages of a failed group stay in the queue to preserve their order.
      const records = batch.filter((record) => !failedGroups.has(getGroup(record)));
      if (records.length === 0) continue;
      for (const record of await this.invoke(records)) failedGroups.add(getGroup(record));
      failedGroups.delete('');
    }
  }

  /** Returns the records that failed. */
  private async invoke(records: readonly QueueRecord[]): Promise<QueueRecord[]> {
    const { functionArn, reportsItemFailures } = this.mapping;
    let result: InvokeResult | undefined;
    try {
      result = await this.options.invoke(functionArn, { Records: records });
    } catch (error) {
      this.log(error);
    }
    const ids = records.map(({ messageId }) => messageId);
    const failed = findFailedItems(result, ids, reportsItemFailures);
    await this.deleteMessages(records.filter(({ messageId }) => !failed.has(messageId)));
    return records.filter(({ messageId }) => failed.has(messageId));
  }

  private async deleteMessages(records: readonly QueueRecord[]): Promise<void> {
    for (let i = 0; i < records.length; i += MAX_MESSAGES) {
      const Entries = records
        .slice(i, i + MAX_MESSAGES)
        .map(({ receiptHandle }, index) => ({ Id: String(index), ReceiptHandle: receiptHandle }));
      await this.call('DeleteMessageBatch', { Entries });
    }
  }

  private call(action: string, input: JsonObject): Promise<JsonObject> {
    const QueueUrl = this.mapping.sourceArn.split(':').at(-1) ?? '';
    return this.options.call('sqs', action, { QueueUrl, ...input });
  }

  private log(error: unknown): void {
    if (!this.options.closing.aborted) this.options.log(`${this.mapping.logicalId}: ${error}`);
  }
}

/**
 * Returns the message group of a message in a FIFO queue. Returns an empty string for standard queues, which do not preserve
 * the order.
 */
function getGroup({ attributes, eventSourceARN }: QueueRecord): string {
  const { MessageGroupId = '' } = attributes as { MessageGroupId?: string };
  return String(eventSourceARN).endsWith('.fifo') ? MessageGroupId : '';
}
