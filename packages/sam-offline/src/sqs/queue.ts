import { randomUUID } from 'node:crypto';
import { AwsError } from '../core/service';
import { type SetTimer, setSystemTimer, type Timer } from '../time/runtime-clock';
import { Deduplication, nextSequenceNumber } from './deduplication';
import { invalidParameter } from './errors';
import type { MessageContent } from './message';
import type { QueueModel } from './model';

export interface StoredMessage extends MessageContent {
  readonly id: string;
  /** The time when the message was sent, in epoch milliseconds. Other times have the same unit. */
  readonly sentAt: number;
  /** Present in FIFO queues. A number with 20 digits that increases with each message. */
  readonly sequenceNumber?: string;
  /** The source queue of the message. Present in dead-letter queues. */
  readonly deadLetterSourceArn?: string;
  visibleAt: number;
  firstReceivedAt: number | undefined;
  receiveCount: number;
  /** The handle from the latest ReceiveMessage call. Earlier handles no longer delete the message. */
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
  readonly timer: Timer;
}

export interface QueueOptions {
  /** Returns the time in epoch milliseconds. */
  readonly clock: () => number;
  /** Sets a timer. Default: a timer of this machine. */
  readonly setTimer?: SetTimer;
  /** Returns the dead-letter queue. */
  readonly deadLetterQueue?: () => Queue | undefined;
}

/**
 * An in-memory queue. Delivers messages in the order in which they were sent. AWS guarantees the order only for FIFO queues.
 * Redelivers messages after the visibility timeout. After `maxReceiveCount` deliveries, moves messages to the dead-letter
 * queue. Deletes messages after the retention period.
 */
export class Queue {
  readonly createdAt: number;
  private messages = new Map<string, StoredMessage>();
  private readonly pendingReceives = new Set<PendingReceive>();
  private wakeTimer: Timer | undefined;
  private readonly deduplication = new Deduplication<StoredMessage>();
  private readonly setTimer: SetTimer;
  private closed = false;

  constructor(
    readonly model: QueueModel,
    private readonly options: QueueOptions,
  ) {
    this.setTimer = options.setTimer ?? setSystemTimer;
    this.createdAt = options.clock();
  }

  /** Stores a message and returns it. For a duplicate in a FIFO queue, returns the first message with the deduplication ID. */
  send(content: MessageContent): StoredMessage {
    const { fifo, delaySeconds = 0 } = this.model;
    const now = this.options.clock();
    const duplicate = fifo && this.deduplication.find(content, fifo, now);
    if (duplicate) return duplicate;
    const message = {
      ...content,
      id: randomUUID(),
      sentAt: now,
      ...(fifo && { sequenceNumber: nextSequenceNumber() }),
      visibleAt: now + (content.delaySeconds ?? delaySeconds) * 1000,
      firstReceivedAt: undefined,
      receiveCount: 0,
      receiptHandle: undefined,
    };
    if (fifo) this.deduplication.add(message, fifo);
    this.add(message);
    return message;
  }

  /** Returns visible messages. If there are none, waits up to `waitSeconds` for the first message. */
  receive(options: ReceiveOptions): Promise<StoredMessage[]> {
    const messages = this.takeVisible(options);
    if (messages.length > 0 || options.waitSeconds === 0 || this.closed) return Promise.resolve(messages);
    return new Promise((resolve) => {
      const pending: PendingReceive = {
        options,
        complete: (received) => {
          pending.timer.cancel();
          this.pendingReceives.delete(pending);
          resolve(received);
        },
        timer: this.setTimer(() => pending.complete([]), options.waitSeconds * 1000),
      };
      this.pendingReceives.add(pending);
      this.servePendingReceives();
    });
  }

  /**
   * Deletes a message. As on AWS, also succeeds if the message was already deleted or the receipt handle is outdated.
   *
   * @throws AwsError `InvalidParameterValue` in a FIFO queue if the visibility timeout has ended
   */
  delete(receiptHandle: string): void {
    const message = this.findByReceiptHandle(receiptHandle);
    if (!message) return;
    if (this.model.fifo && message.visibleAt <= this.options.clock())
      throw createExpiredHandle(receiptHandle);
    this.messages.delete(message.id);
    // The next messages of the message group are no longer blocked.
    if (this.model.fifo) this.servePendingReceives();
  }

  changeVisibility(receiptHandle: string, seconds: number): void {
    const message = this.findByReceiptHandle(receiptHandle);
    const now = this.options.clock();
    if (!message || message.visibleAt <= now) {
      throw new AwsError('MessageNotInflight', 'The message referred to is not in flight.');
    }
    message.visibleAt = now + seconds * 1000;
    this.servePendingReceives();
  }

  /**
   * Moves visible messages to other queues as new messages.
   *
   * @param findDestination returns the destination for messages of a source queue. If undefined, the messages are not moved
   * @returns the numbers of moved messages and kept messages
   */
  moveVisible(findDestination: (sourceArn: string | undefined) => Queue | undefined): {
    moved: number;
    kept: number;
  } {
    const now = this.options.clock();
    const visible = [...this.messages.values()].filter(({ visibleAt }) => visibleAt <= now);
    let moved = 0;
    for (const { id, body, attributes, groupId, deduplicationId, deadLetterSourceArn } of visible) {
      const destination = findDestination(deadLetterSourceArn);
      if (!destination) continue;
      this.messages.delete(id);
      destination.send({
        body,
        attributes,
        ...(groupId === undefined ? {} : { groupId }),
        ...(deduplicationId === undefined ? {} : { deduplicationId }),
      });
      moved += 1;
    }
    return { moved, kept: visible.length - moved };
  }

  purge(): void {
    this.messages.clear();
  }

  /** Counts the messages that are visible, in flight (received but not deleted) or delayed. */
  counts(): { visible: number; notVisible: number; delayed: number } {
    this.deleteExpired();
    const now = this.options.clock();
    const hidden = [...this.messages.values()].filter(({ visibleAt }) => visibleAt > now);
    const delayed = hidden.filter(({ receiveCount }) => receiveCount === 0).length;
    return { visible: this.messages.size - hidden.length, notVisible: hidden.length - delayed, delayed };
  }

  /** Returns copies of the oldest messages, including messages that are not visible, without receiving them. */
  peek(max: number): StoredMessage[] {
    this.deleteExpired();
    return [...this.messages.values()].slice(0, max).map((message) => ({ ...message }));
  }

  /** Completes all pending `receive` calls. Later calls do not wait. */
  close(): void {
    this.closed = true;
    this.wakeTimer?.cancel();
    for (const pending of this.pendingReceives) pending.complete([]);
  }

  private takeVisible({ max, visibilitySeconds }: ReceiveOptions): StoredMessage[] {
    this.deleteExpired();
    const now = this.options.clock();
    const taken: StoredMessage[] = [];
    const blockedGroups = this.findBlockedGroups(now);
    for (const message of this.messages.values()) {
      if (taken.length === max) break;
      // A delayed message blocks later messages of the same group.
      if (message.visibleAt > now && this.model.fifo) blockedGroups.add(message.groupId);
      if (message.visibleAt > now || blockedGroups.has(message.groupId)) continue;
      if (this.redrive(message)) continue;
      message.visibleAt = now + visibilitySeconds * 1000;
      message.firstReceivedAt ??= now;
      message.receiveCount += 1;
      message.receiptHandle = Buffer.from(`${message.id} ${randomUUID()}`).toString('base64');
      // Copy the message, because a later `receive` call changes the original.
      taken.push({ ...message });
    }
    return taken;
  }

  /** Returns the groups of a FIFO queue that have a message in flight. They are blocked to preserve the order of messages. */
  private findBlockedGroups(now: number): Set<string | undefined> {
    if (!this.model.fifo) return new Set();
    const inFlight = [...this.messages.values()].filter(
      ({ visibleAt, receiveCount }) => visibleAt > now && receiveCount > 0,
    );
    return new Set(inFlight.map(({ groupId }) => groupId));
  }

  /**
   * Moves a message to the dead-letter queue if it was received `maxReceiveCount` times. Returns whether the message was moved.
   */
  private redrive(message: StoredMessage): boolean {
    const { redrive, arn } = this.model;
    if (!redrive || message.receiveCount < redrive.maxReceiveCount) return false;
    const target = this.options.deadLetterQueue?.();
    if (!target) return false;
    this.messages.delete(message.id);
    // For standard queues, the retention period still starts when the message was sent to the original queue:
    // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
    const sentAt = this.model.fifo ? this.options.clock() : message.sentAt;
    target.add({ ...message, sentAt, visibleAt: sentAt, deadLetterSourceArn: arn });
    return true;
  }

  private add(message: StoredMessage): void {
    this.messages.set(message.id, message);
    this.servePendingReceives();
  }

  private servePendingReceives(): void {
    for (const pending of this.pendingReceives) {
      const messages = this.takeVisible(pending.options);
      if (messages.length === 0) break;
      pending.complete(messages);
    }
    this.scheduleWake();
  }

  /** Schedules a check for pending `receive` calls when the next message becomes visible. */
  private scheduleWake(): void {
    this.wakeTimer?.cancel();
    if (this.pendingReceives.size === 0) return;
    const now = this.options.clock();
    const times = [...this.messages.values()].map(({ visibleAt }) => visibleAt).filter((at) => at > now);
    if (times.length === 0) return;
    const next = times.reduce((least, at) => Math.min(least, at));
    this.wakeTimer = this.setTimer(() => this.servePendingReceives(), next - now);
  }

  private deleteExpired(): void {
    const oldest = this.options.clock() - this.model.messageRetentionSeconds * 1000;
    for (const { id, sentAt, deadLetterSourceArn } of this.messages.values()) {
      if (sentAt <= oldest) this.messages.delete(id);
      // Messages are in the order in which they were sent, so all later messages are newer. This does not apply to dead-letter
      // queues.
      else if (deadLetterSourceArn === undefined) break;
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

/**
 * Creates the error with AWS's message, as recorded in the snapshots of localstack/localstack,
 * tests/aws/services/sqs/test_sqs.py.
 */
function createExpiredHandle(receiptHandle: string): AwsError {
  return invalidParameter(
    `Value ${receiptHandle} for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.`,
  );
}
