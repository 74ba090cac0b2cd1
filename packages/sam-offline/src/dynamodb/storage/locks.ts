import { AwsError } from '../../core/service';

/**
 * Tracks the writes in progress by item, and rejects conflicting requests as DynamoDB does. Single writes to the same item wait
 * for each other. Transactions do not wait for other requests, and other requests do not wait for transactions: conflicting
 * requests fail.
 *
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-conflict-handling
 */
export class ItemLocks {
  /** For each item, a promise that resolves when the last queued single write is done. */
  private readonly queues = new Map<string, Promise<void>>();
  /** The items of ongoing TransactWriteItems requests. */
  private readonly inTransaction = new Set<string>();
  private readonly readers = new Set<{ keys: ReadonlySet<string>; written: Set<string> }>();

  /** @param onConflict called for each item-level request that is rejected because of a conflict. */
  constructor(private readonly onConflict: () => void) {}

  /** Returns whether an ongoing transaction includes the item. If so, reports the conflict. */
  rejectsWrite(key: string): boolean {
    if (!this.inTransaction.has(key)) return false;
    this.onConflict();
    return true;
  }

  /**
   * Runs `work` while no other request writes to `keys`. Waits for single writes.
   *
   * Deadlocks cannot occur. Each caller joins the queues of all its keys in one synchronous step, so two callers have the same
   * order in all queues that they share.
   *
   * @throws AwsError `TransactionConflictException` if an ongoing transaction includes one of the items
   */
  async runWrite<T>(keys: readonly string[], work: () => Promise<T>): Promise<T> {
    if (keys.some((key) => this.rejectsWrite(key))) throw createConflict();
    this.notifyReaders(keys);
    const ahead = keys.map((key) => this.queues.get(key)).filter((tail) => tail !== undefined);
    let release = (): void => {};
    const done = new Promise<void>((resolve) => {
      release = resolve;
    });
    for (const key of keys) this.queues.set(key, done);
    try {
      if (ahead.length > 0) await Promise.all(ahead);
      return await work();
    } finally {
      for (const key of keys) if (this.queues.get(key) === done) this.queues.delete(key);
      release();
    }
  }

  /**
   * Runs `work` as a transaction on `keys`. `work` must call `assertNoConflict` for each item. The call fails if another
   * request was writing the item when the transaction started. All other items stay in the transaction until `work` ends, even
   * if the transaction is cancelled.
   */
  async runTransaction<T>(
    keys: readonly string[],
    work: (assertNoConflict: (key: string) => void) => Promise<T>,
  ): Promise<T> {
    const isFree = (key: string) => !this.inTransaction.has(key) && !this.queues.has(key);
    const held = new Set(keys.filter(isFree));
    this.notifyReaders(held);
    for (const key of held) this.inTransaction.add(key);
    try {
      return await work((key) => {
        if (held.has(key)) return;
        this.onConflict();
        throw createConflict();
      });
    } finally {
      for (const key of held) this.inTransaction.delete(key);
    }
  }

  /**
   * Runs `work` as a transactional read of `keys`. `work` must call `assertNoConflict` for each item at the end. The call fails
   * if another request wrote the item during the read.
   */
  async runTransactionalRead<T>(
    keys: readonly string[],
    work: (assertNoConflict: (key: string) => void) => Promise<T>,
  ): Promise<T> {
    const isBusy = (key: string) => this.inTransaction.has(key) || this.queues.has(key);
    const reader = { keys: new Set(keys), written: new Set(keys.filter(isBusy)) };
    this.readers.add(reader);
    try {
      return await work((key) => {
        if (!reader.written.has(key)) return;
        this.onConflict();
        throw createConflict();
      });
    } finally {
      this.readers.delete(reader);
    }
  }

  private notifyReaders(keys: Iterable<string>): void {
    if (this.readers.size === 0) return;
    for (const key of keys) {
      for (const reader of this.readers) if (reader.keys.has(key)) reader.written.add(key);
    }
  }
}

function createConflict(): AwsError {
  return new AwsError('TransactionConflictException', 'Transaction is ongoing for the item');
}
