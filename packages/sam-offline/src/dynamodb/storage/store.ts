import { mkdir } from 'node:fs/promises';
import { MemoryLevel } from 'memory-level';
import { UsageError } from '../../core/service';
import type { Level, StoreOperation, StoreRange } from '../types';
import { IndexLag } from './index-lag';

/**
 * The key-value store that holds all tables: LevelDB on disk, or an in-memory implementation of the same interface.
 * dynalite encodes the keys.
 *
 * Consistency relies on two properties:
 * - Batches are atomic, even across a crash. LevelDB appends a batch to its log as one checksummed record, calls
 *   `fsync`, and on open replays the log up to the last complete record. A write therefore commits items, index
 *   entries and the client request token in one batch.
 * - A read of several keys and an iterator each see one snapshot.
 */
export class Store {
  private readonly indexLag: IndexLag;
  private writeCount = 0;

  private constructor(
    private readonly level: Level,
    readonly onDisk: boolean,
    indexLagMs: () => number,
  ) {
    this.indexLag = new IndexLag(indexLagMs, (operations) => this.write(operations));
  }

  /**
   * Opens the store in `directory`, which is created if it does not exist, or in memory if `directory` is undefined.
   * Global index entries are written `indexLagMs()` after the items (see `IndexLag`).
   */
  static async open(directory?: string, indexLagMs: () => number = () => 0): Promise<Store> {
    if (directory !== undefined) await createDirectory(directory);
    const level = createLevel(directory);
    try {
      await level.open();
    } catch (error) {
      throw new UsageError(openErrorMessage(directory, error), { cause: error });
    }
    return new Store(level, directory !== undefined, indexLagMs);
  }

  /** Increases with every change of items or index entries. */
  get version(): number {
    return this.writeCount;
  }

  /** Reads the values of `keys` from one snapshot. Missing values are `undefined`. */
  async read<T>(keys: readonly string[]): Promise<(T | undefined)[]> {
    return (await this.level.getMany(keys)) as (T | undefined)[];
  }

  /** Applies the operations atomically and in order. On disk, they are durable when the promise resolves. */
  async commit(operations: readonly StoreOperation[]): Promise<void> {
    await this.write(this.indexLag.deferIndexWrites(operations));
  }

  private async write(operations: readonly StoreOperation[]): Promise<void> {
    if (operations.length === 0) return;
    await this.level.batch(operations, { sync: this.onDisk });
    this.writeCount += 1;
  }

  /** Yields the entries in `range` in key order, from one snapshot. Reads `chunk` entries at a time. */
  async *entries(range: StoreRange, chunk = 100): AsyncGenerator<[key: string, value: unknown]> {
    const iterator = this.level.iterator(range);
    try {
      for (;;) {
        const entries = await iterator.nextv(chunk);
        if (entries.length === 0) return;
        yield* entries;
      }
    } finally {
      await iterator.close();
    }
  }

  /** Returns whether a read of the range of a global index now misses a write. */
  isStale(range: StoreRange): boolean {
    return this.indexLag.isStale(range);
  }

  async close(): Promise<void> {
    await this.indexLag.flush();
    await this.level.close();
  }
}

async function createDirectory(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true });
  } catch (error) {
    throw new UsageError(openErrorMessage(directory, error), { cause: error });
  }
}

/** Loads the native module only if it is used, with `require`, because test runners may reject `import()`: see `runEsbuild`. */
function createLevel(directory: string | undefined): Level {
  const options = { valueEncoding: 'json' };
  // By default, it stores buffers. A small buffer keeps its whole allocation of 8 KB in memory, which other buffers share.
  if (directory === undefined) return new MemoryLevel<string, unknown>({ ...options, storeEncoding: 'utf8' });
  const { ClassicLevel }: typeof import('classic-level') = require('classic-level');
  return new ClassicLevel<string, unknown>(directory, options);
}

function openErrorMessage(directory: string | undefined, error: unknown): string {
  const cause = (error as { cause?: { code?: string; message?: string } }).cause;
  if (cause?.code === 'LEVEL_LOCKED') {
    return `The data directory ${directory} is in use by another process. Stop that process, or use another directory.`;
  }
  return `Cannot open the data directory ${directory}: ${cause?.message ?? (error as Error).message}`;
}
