import { randomUUID } from 'node:crypto';
import type { QueueModel } from '../core/model';
import { AwsError } from '../core/service';
import type { MessageContent } from './message';

export interface StoredMessage extends MessageContent {
  readonly id: string;
  /** Epoch milliseconds, as are the others. */
  readonly sentAt: number;
  visibleAt: number;
  firstReceivedAt: number | undefined;
  receiveCount: number;
  /** Of the latest receipt; older ones delete nothing. */
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
 * One standard queue in memory. Messages come out in the order they were sent, which AWS does not promise, and
 * again after their visibility timeout; they expire after the retention period.
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

  /** Answers with what is there, else waits for the first message up to `waitSeconds`, else with none. */
  receive(options: ReceiveOptions): Promise<StoredMessage[]> {
    const messages = this.takeVisible(options);
    if (messages.length > 0 || options.waitSeconds === 0 || this.closed) return Promise.resolve(messages);
    return new Promise((resolve) => {
      const waiter: PendingReceive = {
        options,
        complete: (received) => {
          clearTimeout(waiter.timer);
          this.pendingReceives.delete(waiter);
          resolve(received);
        },
        timer: setTimeout(() => waiter.complete([]), options.waitSeconds * 1000),
      };
      this.pendingReceives.add(waiter);
      this.servePendingReceives();
    });
  }

  /** Succeeds for a message that is gone or was received again since, as AWS does. */
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

  /** How many wait, are in flight (received, not deleted) and are delayed. */
  counts(): { visible: number; notVisible: number; delayed: number } {
    this.deleteExpired();
    const now = this.clock();
    const hidden = [...this.messages.values()].filter(({ visibleAt }) => visibleAt > now);
    const delayed = hidden.filter(({ receiveCount }) => receiveCount === 0).length;
    return { visible: this.messages.size - hidden.length, notVisible: hidden.length - delayed, delayed };
  }

  /** The first messages, whether they are visible or not; nothing changes by it. */
  peek(max: number): StoredMessage[] {
    this.deleteExpired();
    return [...this.messages.values()].slice(0, max).map((message) => ({ ...message }));
  }

  /** Answers all who wait; who asks later does not wait. */
  close(): void {
    this.closed = true;
    clearTimeout(this.wakeTimer);
    for (const waiter of this.pendingReceives) waiter.complete([]);
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
      // A copy: the sender of this answer must not see a later receipt.
      taken.push({ ...message });
    }
    return taken;
  }

  private servePendingReceives(): void {
    for (const waiter of this.pendingReceives) {
      const messages = this.takeVisible(waiter.options);
      if (messages.length === 0) break;
      waiter.complete(messages);
    }
    this.scheduleWake();
  }

  /** Messages become visible by time alone; those who wait hear of it then. */
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
      // In the order they were sent: the rest is younger.
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
