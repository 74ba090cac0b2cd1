export interface QueueModel {
  readonly logicalId: string;
  readonly name: string;
  readonly arn: string;
  readonly visibilityTimeoutSeconds: number;
  readonly messageRetentionSeconds: number;
  /** The delay of new messages, from 0 to 900. Default: 0. */
  readonly delaySeconds?: number;
  /** How long a receive waits for messages by default, from 0 to 20. Default: 0. */
  readonly receiveWaitSeconds?: number;
  /** From 1,024 to 1,048,576. Default: 1,048,576. */
  readonly maximumMessageBytes?: number;
  /** Where messages go that were received `maxReceiveCount` times without being deleted. */
  readonly redrive?: { readonly deadLetterArn: string; readonly maxReceiveCount: number };
  /** Set for FIFO queues. */
  readonly fifo?: FifoModel;
}

export interface FifoModel {
  /** Whether messages without a deduplication ID get the hash of their body. */
  readonly contentBasedDeduplication: boolean;
  /** Whether deduplication IDs are unique in the queue or in a message group. */
  readonly deduplicationScope: 'queue' | 'messageGroup';
}
