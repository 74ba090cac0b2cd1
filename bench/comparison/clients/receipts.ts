/** The receipt times of a message, in milliseconds after it was sent. */
export interface MessageTimes {
  readonly firstMs: number;
  readonly lastMs: number;
  /** Undefined if the server sends no acknowledgements. */
  readonly ackMs?: number;
}

interface Pending {
  readonly sentAt: number;
  readonly expected: number;
  readonly expectsAck: boolean;
  readonly receivedBy: Set<number>;
  readonly times: number[];
  ackMs?: number;
}

/** Returns a text of the given size that starts with the message number. */
export function createText(id: number, bytes: number): string {
  return `#${id}#`.padEnd(bytes, 'x');
}

/** Records when connections receive each message. */
export class Receipts {
  private readonly pending = new Map<number, Pending>();
  private readonly listeners = new Map<number, () => void>();

  constructor(private readonly now: () => number) {}

  /**
   * Registers a message that `expected` connections should receive. If `expectsAck` is set, the sender should also receive an
   * acknowledgement.
   */
  expect(id: number, expected: number, expectsAck: boolean): void {
    const sentAt = this.now();
    this.pending.set(id, { sentAt, expected, expectsAck, receivedBy: new Set(), times: [] });
  }

  /** Records a received frame: a message or an acknowledgement. Counts each message once per connection. */
  receive(connection: number, frame: string): void {
    const id = Number(/#(\d+)#/.exec(frame)?.[1] ?? /^\{"type":"ack","id":"(\d+)"/.exec(frame)?.[1]);
    const message = this.pending.get(id);
    if (message === undefined) return;
    const elapsedMs = this.now() - message.sentAt;
    if (frame.includes(`#${id}#`)) {
      if (message.receivedBy.has(connection)) return;
      message.receivedBy.add(connection);
      message.times.push(elapsedMs);
    } else {
      message.ackMs = elapsedMs;
    }
    if (isComplete(message)) this.listeners.get(id)?.();
  }

  /** Calls `listener` when all connections have received the message and its sender has received the acknowledgement. */
  onComplete(id: number, listener: () => void): void {
    this.listeners.set(id, listener);
  }

  /**
   * Returns the receipt times of a message, the number of missing receipts, and the time of the acknowledgement. Then removes
   * the message.
   */
  take(id: number): { received: readonly number[]; missing: number; ackMs?: number } {
    const { times, expected, ackMs } = this.pending.get(id) as Pending;
    this.pending.delete(id);
    this.listeners.delete(id);
    return { received: times, missing: expected - times.length, ackMs };
  }
}

function isComplete({ times, expected, expectsAck, ackMs }: Pending): boolean {
  return times.length === expected && (!expectsAck || ackMs !== undefined);
}
