import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { MemoryLevel } from 'memory-level';
import { AwsError } from '../../core/service';
import type { ProcessLock } from '../../system/process-lock';
import type { Level, StoreOperation, StoreRange } from '../types';
import { JOURNAL, openDirectory } from './data-directory';
import { IndexLag } from './index-lag';
import { Journal } from './journal';
import { applyBatches, readJournal } from './journal-reader';

interface OpenDirectory {
  readonly path: string;
  readonly lock: ProcessLock;
  readonly journal: Journal;
}

/**
 * The key-value store for all tables. Keeps the tables in memory and, if there is a data directory, also in a journal. dynalite
 * encodes the keys.
 *
 * Consistency relies on two properties:
 * - Batches are atomic, even after a crash, because the journal stores each batch in one record. A write commits items, index
 *   entries and the client request token in one batch.
 * - Reads of several keys and iterators use a single snapshot.
 */
export class Store {
  private readonly indexLag: IndexLag;
  private writeCount = 0;
  private isFailing = false;

  private constructor(
    private readonly level: Level,
    private readonly directory: OpenDirectory | undefined,
    indexLagMs: () => number,
  ) {
    this.indexLag = new IndexLag(indexLagMs, (operations) => this.write(operations));
  }

  /**
   * Opens the store in `directory`, or in memory if `directory` is undefined. Creates the directory if it does not exist.
   * Global index entries are written `indexLagMs()` milliseconds after the items (see `IndexLag`).
   *
   * @throws UsageError if the directory cannot be used or its content is damaged
   */
  static async open(directory?: string, indexLagMs: () => number = () => 0): Promise<Store> {
    // Stores strings instead of buffers, the default. Small buffers share allocations of 8 KB, and a single buffer keeps the
    // whole allocation in memory.
    const level = new MemoryLevel<string, unknown>({ valueEncoding: 'json', storeEncoding: 'utf8' });
    await level.open();
    if (directory === undefined) return new Store(level, undefined, indexLagMs);
    const lock = await openDirectory(directory);
    try {
      const journal = await openJournal(directory, level);
      return new Store(level, { path: directory, lock, journal }, indexLagMs);
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  get onDisk(): boolean {
    return this.directory !== undefined;
  }

  /** Increases with every change to items or index entries. */
  get version(): number {
    return this.writeCount;
  }

  /** Reads the values of `keys` from one snapshot. Missing values are `undefined`. */
  async read<T>(keys: readonly string[]): Promise<(T | undefined)[]> {
    return (await this.level.getMany(keys)) as (T | undefined)[];
  }

  /**
   * Applies the operations atomically and in order. With a data directory, the operations are durable when the promise
   * resolves.
   */
  async commit(operations: readonly StoreOperation[]): Promise<void> {
    await this.write(this.indexLag.deferIndexWrites(operations));
  }

  private async write(operations: readonly StoreOperation[]): Promise<void> {
    if (operations.length === 0) return;
    await (this.directory ? this.append(operations, this.directory) : this.level.batch(operations));
    this.writeCount += 1;
  }

  /**
   * Appends operations to the journal. Logs the first of several consecutive failures, and the first success after them,
   * because applications may not log the errors.
   */
  private async append(
    operations: readonly StoreOperation[],
    { journal, path }: OpenDirectory,
  ): Promise<void> {
    try {
      await journal.append(operations);
    } catch (error) {
      const message = `Cannot write to the data directory ${path}: ${(error as Error).message}.`;
      if (!this.isFailing) console.error(`DynamoDB: ${message} Each write fails until this is solved.`);
      this.isFailing = true;
      throw new AwsError('InternalServerError', message, 500);
    }
    if (this.isFailing) console.error(`DynamoDB: writes to the data directory ${path} succeed again.`);
    this.isFailing = false;
  }

  /** Yields the entries in `range` in key order, from one snapshot. Reads `chunk` entries at a time. */
  entries(range: StoreRange, chunk = 100): AsyncGenerator<[key: string, value: unknown]> {
    return readAll(this.level, range, chunk);
  }

  /** Returns whether writes in the range of a global index are pending. */
  isStale(range: StoreRange): boolean {
    return this.indexLag.isStale(range);
  }

  async close(): Promise<void> {
    await this.indexLag.flush();
    await this.directory?.journal.close();
    await this.directory?.lock.release();
    await this.level.close();
  }
}

/** Opens the journal of `directory` and applies its changes to `level`. */
async function openJournal(directory: string, level: Level): Promise<Journal> {
  const content = await readJournal(directory);
  const path = join(directory, JOURNAL);
  const values = applyBatches(content);
  await level.batch([...values].map(([key, value]) => ({ type: 'put', key, value })));
  const file = await open(path, 'r+');
  return new Journal(
    path,
    file,
    content,
    (operations) => level.batch(operations),
    () => readAll(level),
  );
}

async function* readAll(level: Level, range: StoreRange = {}, chunk = 1_000) {
  const iterator = level.iterator(range);
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
