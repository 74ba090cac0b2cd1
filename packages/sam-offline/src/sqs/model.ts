export interface QueueModel {
  readonly logicalId: string;
  readonly name: string;
  readonly arn: string;
  readonly visibilityTimeoutSeconds: number;
  readonly messageRetentionSeconds: number;
  /** The delay of new messages, from 0 to 900 seconds. Default: 0. */
  readonly delaySeconds?: number;
  /** The default wait time of ReceiveMessage, from 0 to 20 seconds. Default: 0. */
  readonly receiveWaitSeconds?: number;
  /** The maximum message size, from 1,024 to 1,048,576 bytes. Default: 1,048,576. */
  readonly maximumMessageBytes?: number;
  /**
   * The dead-letter queue. Messages are moved to it after they have been received `maxReceiveCount` times without being
   * deleted.
   */
  readonly redrive?: { readonly deadLetterArn: string; readonly maxReceiveCount: number };
  /** Present for FIFO queues. */
  readonly fifo?: FifoModel;
}

export interface FifoModel {
  /** Whether the hash of the body is the deduplication ID of messages that do not have an ID. */
  readonly contentBasedDeduplication: boolean;
  /** Whether deduplication IDs are unique within the queue or within a message group. */
  readonly deduplicationScope: 'queue' | 'messageGroup';
}
