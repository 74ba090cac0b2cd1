import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';

/** Long enough to read thousands of dead letters. If the command is interrupted, they become visible again after this time. */
const VISIBILITY_SECONDS = 300;
/** Enables long polling. It queries all servers of the queue, so an empty response means that the queue is empty. */
const WAIT_SECONDS = 1;
const BATCH_SIZE = 10;

/** Reads and deletes messages of the dead-letter queue that were sent before the command started. */
export class LetterQueue {
  constructor(
    private readonly client: SQSClient,
    private readonly url: string,
    /** The start of the command in epoch milliseconds. Dead letters that the redrive causes are newer. */
    private readonly before: number,
  ) {}

  /**
   * Receives dead letters in batches until all older ones have been received. Other consumers cannot receive them during this
   * time.
   */
  async *receive(): AsyncGenerator<Message[]> {
    while (true) {
      const { Messages = [] } = await this.client.send(
        new ReceiveMessageCommand({
          QueueUrl: this.url,
          MaxNumberOfMessages: BATCH_SIZE,
          MessageAttributeNames: ['All'],
          MessageSystemAttributeNames: ['SentTimestamp'],
          VisibilityTimeout: VISIBILITY_SECONDS,
          WaitTimeSeconds: WAIT_SECONDS,
        }),
      );
      const [older, newer] = [true, false].map((isOlder) =>
        Messages.filter((message) => sentAt(message) < this.before === isOlder),
      ) as [Message[], Message[]];
      for (const message of newer) await this.release(message);
      if (older.length === 0) return;
      yield older;
    }
  }

  async delete({ ReceiptHandle }: Message): Promise<void> {
    await this.client.send(new DeleteMessageCommand({ QueueUrl: this.url, ReceiptHandle }));
  }

  /** Makes a dead letter visible to other consumers again. */
  async release({ ReceiptHandle }: Message): Promise<void> {
    await this.client.send(
      new ChangeMessageVisibilityCommand({ QueueUrl: this.url, ReceiptHandle, VisibilityTimeout: 0 }),
    );
  }
}

/** Returns the time at which the dead letter was sent, in epoch milliseconds. */
export function sentAt({ Attributes }: Message): number {
  return Number(Attributes?.SentTimestamp ?? 0);
}
