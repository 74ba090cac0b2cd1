import type { MessageContent } from './message';
import type { FifoModel } from './model';

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-exactly-once-processing.html */
const INTERVAL_MS = 5 * 60_000;

/** Stores the messages of the last five minutes by deduplication ID, including deleted messages. */
export class Deduplication<Message extends MessageContent & { readonly sentAt: number }> {
  private readonly messages = new Map<string, Message>();

  /** Returns the message with the same deduplication ID that was sent less than five minutes ago. */
  find(content: MessageContent, fifo: FifoModel, now: number): Message | undefined {
    for (const [key, { sentAt }] of this.messages) {
      if (now - sentAt < INTERVAL_MS) break;
      this.messages.delete(key);
    }
    return this.messages.get(keyOf(content, fifo));
  }

  add(message: Message, fifo: FifoModel): void {
    this.messages.set(keyOf(message, fifo), message);
  }
}

function keyOf({ groupId, deduplicationId }: MessageContent, { deduplicationScope }: FifoModel): string {
  return JSON.stringify(deduplicationScope === 'queue' ? [deduplicationId] : [groupId, deduplicationId]);
}

let last = 18_800_000_000_000_000_000n;

/** Returns the next sequence number. It has 20 digits. As on AWS, sequence numbers are not consecutive. */
export function nextSequenceNumber(): string {
  last += 256n;
  return String(last);
}
