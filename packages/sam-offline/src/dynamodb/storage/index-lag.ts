import type { StoreOperation } from '../types';
import { keyPrefixes } from './keys';

type Commit = (operations: readonly StoreOperation[]) => Promise<void>;

/**
 * Delays writes to global secondary indexes, which are eventually consistent on AWS. Index entries are deferred by
 * `lagMs()` and committed in write order, so an index always reflects one past state of its table. Without a lag and
 * without pending entries, the index is updated together with the table.
 *
 * A crash loses pending entries. The lag is off unless a test or a fault enables it.
 *
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html#GSI.Writes
 */
export class IndexLag {
  private pendingWrites: Promise<void> = Promise.resolve();
  private dueAt = 0;
  private pendingCount = 0;
  private readonly timers = new Map<NodeJS.Timeout, () => void>();

  constructor(
    /** Returns the delay of the current write in milliseconds. */
    private readonly lagMs: () => number,
    private readonly commit: Commit,
  ) {}

  /** Returns the operations to commit now and schedules the others. */
  deferIndexWrites(operations: readonly StoreOperation[]): readonly StoreOperation[] {
    const lag = this.lagMs();
    if (lag <= 0 && this.pendingCount === 0) return operations;
    const entries = operations.filter(isGlobalIndexWrite);
    if (entries.length === 0) return operations;
    this.dueAt = Math.max(this.dueAt, Date.now() + lag);
    this.pendingCount += 1;
    const due = this.wait(this.dueAt - Date.now());
    this.pendingWrites = Promise.all([this.pendingWrites, due])
      .then(() => this.commit(entries))
      .finally(() => {
        this.pendingCount -= 1;
      });
    return operations.filter((operation) => !isGlobalIndexWrite(operation));
  }

  /** Commits the pending entries immediately. */
  async flush(): Promise<void> {
    for (const [timer, resolve] of this.timers) {
      clearTimeout(timer);
      resolve();
    }
    this.timers.clear();
    await this.pendingWrites;
  }

  private wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.timers.delete(timer);
        resolve();
      }, ms);
      this.timers.set(timer, resolve);
    });
  }
}

function isGlobalIndexWrite({ key }: StoreOperation): boolean {
  return key.startsWith(keyPrefixes.globalIndexes);
}
