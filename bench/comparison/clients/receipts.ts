/** The times of a message in milliseconds after it was sent. */
export interface MessageTimes {
  readonly firstMs: number;
  readonly lastMs: number;
  /** Undefined without acknowledgements. */
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

/** Adds the number of a message to its text. */
export function createText(id: number, bytes: number): string {
  return `#${id}#`.padEnd(bytes, 'x');
}

/** Records when the connections receive each message. */
export class Receipts {
  private readonly pending = new Map<number, Pending>();
  private readonly listeners = new Map<number, () => void>();

  constructor(private readonly now: () => number) {}

  /** Expects a message at a number of connections and, if `expectsAck`, the acknowledgement of its sender. */
  expect(id: number, expected: number, expectsAck: boolean): void {
    const sentAt = this.now();
    this.pending.set(id, { sentAt, expected, expectsAck, receivedBy: new Set(), times: [] });
  }

  /** Records a frame that a connection received: a message, counted once per connection, or an acknowledgement. */
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

  /** Calls `listener` when all connections have received a message and its sender the acknowledgement. */
  onComplete(id: number, listener: () => void): void {
    this.listeners.set(id, listener);
  }

  /** Returns the times of the receipts of a message so far, the number of missing receipts, and its acknowledgement. Forgets the message. */
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
