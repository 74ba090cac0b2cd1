import type { StoreOperation } from '../types';
import { keyPrefixes } from './keys';

type Commit = (operations: readonly StoreOperation[]) => Promise<void>;

/**
 * Writes to a table reach its global indexes later, as they do in the cloud, where reads of such an index are
 * eventually consistent: an index is always some moment of the table's past, never a mix of two. Its entries are held
 * back for `lagMs()` and put in the order of the writes; with no lag and nothing held back, they go with the write. A
 * crash loses what is held back: the lag is a switch for tests, off unless one turns it on.
 *
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html#GSI.Writes
 */
export class IndexLag {
  private pendingWrites: Promise<void> = Promise.resolve();
  private dueAt = 0;
  private pendingCount = 0;
  private readonly timers = new Map<NodeJS.Timeout, () => void>();

  constructor(
    /** Milliseconds that the write now made is to be held back. */
    private readonly lagMs: () => number,
    private readonly commit: Commit,
  ) {}

  /** Those of `operations` that are to be committed now; the others follow by themselves. */
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

  /** Commits what is held back, now. */
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
