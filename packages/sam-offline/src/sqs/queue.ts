import { randomUUID } from 'node:crypto';
import type { QueueModel } from '../core/model';
import { AwsError } from '../core/service';
import type { MessageContent } from './message';

export interface StoredMessage extends MessageContent {
  readonly id: string;
  /** Epoch milliseconds, like the other times. */
  readonly sentAt: number;
  visibleAt: number;
  firstReceivedAt: number | undefined;
  receiveCount: number;
  /** The handle of the latest receive. Earlier handles no longer delete the message. */
  receiptHandle: string | undefined;
}

export interface ReceiveOptions {
  readonly max: number;
  readonly visibilitySeconds: number;
  readonly waitSeconds: number;
}

interface PendingReceive {
  readonly options: ReceiveOptions;
  readonly complete: (messages: StoredMessage[]) => void;
  readonly timer: NodeJS.Timeout;
}

/**
 * A standard queue in memory. Delivers messages in the order in which they were sent (AWS does not guarantee an order)
 * and again after the visibility timeout. Deletes them after the retention period.
 */
export class Queue {
  readonly createdAt: number;
  private messages = new Map<string, StoredMessage>();
  private readonly pendingReceives = new Set<PendingReceive>();
  private wakeTimer: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(
    readonly model: QueueModel,
    private readonly clock: () => number,
  ) {
    this.createdAt = clock();
  }

  send(content: MessageContent): StoredMessage {
    const now = this.clock();
    const message = {
      ...content,
      id: randomUUID(),
      sentAt: now,
      visibleAt: now + content.delaySeconds * 1000,
      firstReceivedAt: undefined,
      receiveCount: 0,
      receiptHandle: undefined,
    };
    this.messages.set(message.id, message);
    this.servePendingReceives();
    return message;
  }

  /** Returns visible messages, or waits up to `waitSeconds` for the first one. */
  receive(options: ReceiveOptions): Promise<StoredMessage[]> {
    const messages = this.takeVisible(options);
    if (messages.length > 0 || options.waitSeconds === 0 || this.closed) return Promise.resolve(messages);
    return new Promise((resolve) => {
      const pending: PendingReceive = {
        options,
        complete: (received) => {
          clearTimeout(pending.timer);
          this.pendingReceives.delete(pending);
          resolve(received);
        },
        timer: setTimeout(() => pending.complete([]), options.waitSeconds * 1000),
      };
      this.pendingReceives.add(pending);
      this.servePendingReceives();
    });
  }

  /** Deletes a message. As on AWS, succeeds for a deleted message or an outdated receipt handle. */
  delete(receiptHandle: string): void {
    const message = this.findByReceiptHandle(receiptHandle);
    if (message) this.messages.delete(message.id);
  }

  changeVisibility(receiptHandle: string, seconds: number): void {
    const message = this.findByReceiptHandle(receiptHandle);
    const now = this.clock();
    if (!message || message.visibleAt <= now) {
      throw new AwsError('MessageNotInflight', 'The message referred to is not in flight.');
    }
    message.visibleAt = now + seconds * 1000;
    this.servePendingReceives();
  }

  purge(): void {
    this.messages.clear();
  }

  /** Counts the messages that are visible, in flight (received but not deleted), and delayed. */
  counts(): { visible: number; notVisible: number; delayed: number } {
    this.deleteExpired();
    const now = this.clock();
    const hidden = [...this.messages.values()].filter(({ visibleAt }) => visibleAt > now);
    const delayed = hidden.filter(({ receiveCount }) => receiveCount === 0).length;
    return { visible: this.messages.size - hidden.length, notVisible: hidden.length - delayed, delayed };
  }

  /** Returns copies of the oldest messages, visible or not, without receiving them. */
  peek(max: number): StoredMessage[] {
    this.deleteExpired();
    return [...this.messages.values()].slice(0, max).map((message) => ({ ...message }));
  }

  /** Completes all pending receives. Later receives do not wait. */
  close(): void {
    this.closed = true;
    clearTimeout(this.wakeTimer);
    for (const pending of this.pendingReceives) pending.complete([]);
  }

  private takeVisible({ max, visibilitySeconds }: ReceiveOptions): StoredMessage[] {
    this.deleteExpired();
    const now = this.clock();
    const taken: StoredMessage[] = [];
    for (const message of this.messages.values()) {
      if (taken.length === max) break;
      if (message.visibleAt > now) continue;
      message.visibleAt = now + visibilitySeconds * 1000;
      message.firstReceivedAt ??= now;
      message.receiveCount += 1;
      message.receiptHandle = Buffer.from(`${message.id} ${randomUUID()}`).toString('base64');
      // Copy the message, because a later receive changes the original.
      taken.push({ ...message });
    }
    return taken;
  }

  private servePendingReceives(): void {
    for (const pending of this.pendingReceives) {
      const messages = this.takeVisible(pending.options);
      if (messages.length === 0) break;
      pending.complete(messages);
    }
    this.scheduleWake();
  }

  /** Schedules a check for pending receives when the next message becomes visible. */
  private scheduleWake(): void {
    clearTimeout(this.wakeTimer);
    if (this.pendingReceives.size === 0) return;
    const now = this.clock();
    const times = [...this.messages.values()].map(({ visibleAt }) => visibleAt).filter((at) => at > now);
    if (times.length === 0) return;
    const next = times.reduce((least, at) => Math.min(least, at));
    this.wakeTimer = setTimeout(() => this.servePendingReceives(), next - now);
  }

  private deleteExpired(): void {
    const oldest = this.clock() - this.model.messageRetentionSeconds * 1000;
    for (const { id, sentAt } of this.messages.values()) {
      // Messages are in the order in which they were sent, so the rest is newer.
      if (sentAt > oldest) break;
      this.messages.delete(id);
    }
  }

  private findByReceiptHandle(receiptHandle: string): StoredMessage | undefined {
    const [id = '', receipt] = Buffer.from(receiptHandle, 'base64').toString().split(' ');
    if (!receipt) {
      const message = `The input receipt handle "${receiptHandle}" is not a valid receipt handle.`;
      throw new AwsError('ReceiptHandleIsInvalid', message);
    }
    const message = this.messages.get(id);
    return message?.receiptHandle === receiptHandle ? message : undefined;
  }
}
