import { mkdir } from 'node:fs/promises';
import { create } from 'dynalite/db';
import { UsageError } from '../../core/service';
import type { Level, StoreOperation, StoreRange } from '../types';
import { IndexLag } from './index-lag';

/**
 * The key-value store under all tables: LevelDB on disk, or its in-memory twin. dynalite opens it and gives keys
 * their form; this module reads and writes it itself.
 *
 * Two properties of it carry the guarantees of this module. A batch is applied whole or not at all, also across
 * a crash: LevelDB appends it to its log as one checksummed record, `fsync`s the log, then applies it, and on
 * open replays the log up to the last record that is whole. And a read of several keys, like an iterator, sees
 * one moment. So everything a write changes (items, index entries, the client's token) is put in one batch.
 */
export class Store {
  private readonly indexLag: IndexLag;

  private constructor(
    private readonly level: Level,
    readonly onDisk: boolean,
    indexLagMs: () => number,
  ) {
    this.indexLag = new IndexLag(indexLagMs, (operations) => this.write(operations));
  }

  /**
   * Opens the store in `directory`, which is made if need be; in memory without one. Entries of global indexes are
   * written `indexLagMs()` later than the items (`index-lag.ts`).
   */
  static async open(directory?: string, indexLagMs: () => number = () => 0): Promise<Store> {
    if (directory !== undefined) await createDirectory(directory);
    const { db } = create(directory === undefined ? {} : { path: directory });
    try {
      await db.open();
    } catch (error) {
      throw new UsageError(openErrorMessage(directory, error), { cause: error });
    }
    return new Store(db, directory !== undefined, indexLagMs);
  }

  /** The values of `keys` as of one moment, `undefined` where there is none. */
  async read<T>(keys: readonly string[]): Promise<(T | undefined)[]> {
    return (await this.level.getMany(keys)) as (T | undefined)[];
  }

  /** Applies all of `operations`, in order, or none. On disk they are safe when the promise resolves. */
  async commit(operations: readonly StoreOperation[]): Promise<void> {
    await this.write(this.indexLag.deferIndexWrites(operations));
  }

  private async write(operations: readonly StoreOperation[]): Promise<void> {
    if (operations.length === 0) return;
    // dynalite shadows `batch` with a form that takes a callback and drops the options; this is the original.
    await prototypeOf(this.level).batch.call(this.level, operations, { sync: this.onDisk });
  }

  /** The entries in `range` in key order as of one moment, a few at a time. */
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

  async close(): Promise<void> {
    await this.indexLag.flush();
    // dynalite's own `close` polls with a timer until its own operations are done; none are.
    await prototypeOf(this.level).close.call(this.level);
  }
}

async function createDirectory(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true });
  } catch (error) {
    throw new UsageError(openErrorMessage(directory, error), { cause: error });
  }
}

function prototypeOf(level: Level): Level {
  return Object.getPrototypeOf(level) as Level;
}

function openErrorMessage(directory: string | undefined, error: unknown): string {
  const cause = (error as { cause?: { code?: string; message?: string } }).cause;
  if (cause?.code === 'LEVEL_LOCKED') {
    return `The data directory ${directory} is in use by another process: one process at a time can open it.`;
  }
  return `The data directory ${directory} cannot be opened: ${cause?.message ?? (error as Error).message}`;
}
