import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';

/** Long enough to read thousands of letters. Letters are visible again after this time if the command is interrupted. */
const VISIBILITY_SECONDS = 300;
/** Long polling asks all servers of the queue, so an empty response means that the queue is empty. */
const WAIT_SECONDS = 1;
const BATCH_SIZE = 10;

/** Reads and deletes the messages of a queue that were sent before a command started. */
export class LetterQueue {
  constructor(
    private readonly client: SQSClient,
    private readonly url: string,
    /** Epoch milliseconds. Letters that a redrive causes are newer. */
    private readonly before: number,
  ) {}

  /** Receives letters in batches until the queue has no older ones. Other readers do not receive them meanwhile. */
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

  /** Makes a letter visible again. */
  async release({ ReceiptHandle }: Message): Promise<void> {
    await this.client.send(
      new ChangeMessageVisibilityCommand({ QueueUrl: this.url, ReceiptHandle, VisibilityTimeout: 0 }),
    );
  }
}

/** Returns when the letter was sent, in epoch milliseconds. */
export function sentAt({ Attributes }: Message): number {
  return Number(Attributes?.SentTimestamp ?? 0);
}
