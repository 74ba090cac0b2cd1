import type { StoreOperation, StoreRange } from '../types';
import { keyPrefixes } from './keys';

type Commit = (operations: readonly StoreOperation[]) => Promise<void>;

/**
 * Delays writes to global secondary indexes, which are eventually consistent on AWS. Index entries are deferred by `lagMs()`
 * and committed in write order, so an index always reflects a single past state of its table. If the lag is 0 and no entries
 * are pending, the index is updated together with the table.
 *
 * Pending entries are lost in a crash. The lag is off unless a test or a fault enables it.
 *
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html#GSI.Writes
 */
export class IndexLag {
  private pendingWrites: Promise<void> = Promise.resolve();
  private dueAt = 0;
  private readonly pending = new Set<readonly StoreOperation[]>();
  private readonly timers = new Map<NodeJS.Timeout, () => void>();

  constructor(
    /** Returns the delay of the current write in milliseconds. */
    private readonly lagMs: () => number,
    private readonly commit: Commit,
  ) {}

  /** Returns the operations to commit now, and schedules the other operations. */
  deferIndexWrites(operations: readonly StoreOperation[]): readonly StoreOperation[] {
    const lag = this.lagMs();
    if (lag <= 0 && this.pending.size === 0) return operations;
    const entries = operations.filter(isGlobalIndexWrite);
    if (entries.length === 0) return operations;
    this.dueAt = Math.max(this.dueAt, Date.now() + lag);
    this.pending.add(entries);
    const due = this.wait(this.dueAt - Date.now());
    this.pendingWrites = Promise.all([this.pendingWrites, due])
      .then(() => this.commit(entries))
      .finally(() => this.pending.delete(entries));
    return operations.filter((operation) => !isGlobalIndexWrite(operation));
  }

  /** Returns whether writes in the range are pending. */
  isStale(range: StoreRange): boolean {
    for (const entries of this.pending) if (entries.some(({ key }) => isWithin(key, range))) return true;
    return false;
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

function isWithin(key: string, { gt, gte, lt, lte }: StoreRange): boolean {
  if (gt !== undefined && key <= gt) return false;
  if (gte !== undefined && key < gte) return false;
  if (lt !== undefined && key >= lt) return false;
  return lte === undefined || key <= lte;
}
