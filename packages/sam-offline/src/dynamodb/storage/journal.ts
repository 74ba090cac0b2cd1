import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { StoreOperation } from '../types';
import { encodeHeader, encodeRecord } from './journal-format';

type Apply = (operations: readonly StoreOperation[]) => Promise<void>;
type Entries = AsyncIterable<[key: string, value: unknown]> | Iterable<[key: string, value: unknown]>;

interface Append {
  readonly operations: readonly StoreOperation[];
  resolve(): void;
  reject(error: unknown): void;
}

/** The minimum size of a journal for compaction. A larger journal is rewritten each time its size doubles. */
const MIN_COMPACTION_BYTES = 16 * 1024 * 1024;

/** The last record number and the length of a journal. */
export interface JournalEnd {
  readonly lastNumber: number;
  readonly length: number;
}

/**
 * The file that contains all changes to the tables, in order. An append is durable before the change is applied, so a crash
 * never loses a change that a request has already read. After a failed append, for example because the disk is full, the next
 * append starts at the end of the last complete record.
 */
export class Journal {
  private queue: Append[] = [];
  private running: Promise<void> | undefined;
  private hasTornEnd = true;
  private compactAt: number;

  /**
   * @param apply changes the tables in memory
   * @param entries returns the content of the tables in memory
   */
  constructor(
    private readonly path: string,
    private file: FileHandle,
    private end: JournalEnd,
    private readonly apply: Apply,
    private readonly entries: () => Entries,
    private readonly minCompactionBytes = MIN_COMPACTION_BYTES,
  ) {
    this.compactAt = Math.max(minCompactionBytes, 2 * end.length);
  }

  /** Appends and applies operations atomically. */
  async append(operations: readonly StoreOperation[]): Promise<void> {
    return await new Promise((resolve, reject) => {
      this.queue.push({ operations, resolve, reject });
      this.running ??= this.drain();
    });
  }

  async close(): Promise<void> {
    await this.running;
    await this.file.close();
  }

  /** Writes all queued appends as one record, because most of the time is spent waiting for the disk. */
  private async drain(): Promise<void> {
    while (this.queue.length > 0) {
      const appends = this.queue.splice(0);
      const operations = appends.flatMap((append) => append.operations);
      try {
        await this.write(operations);
        await this.apply(operations);
        for (const { resolve } of appends) resolve();
      } catch (error) {
        for (const { reject } of appends) reject(error);
      }
      if (this.end.length >= this.compactAt) await this.compact();
    }
    this.running = undefined;
  }

  private async write(operations: readonly StoreOperation[]): Promise<void> {
    const lastNumber = this.end.lastNumber + 1;
    const record = encodeRecord(lastNumber, operations);
    if (this.hasTornEnd) await this.file.truncate(this.end.length);
    this.hasTornEnd = true;
    await writeAll(this.file, record, this.end.length);
    await this.file.datasync();
    this.hasTornEnd = false;
    this.end = { lastNumber, length: this.end.length + record.length };
  }

  /** Replaces the journal with a new one that contains only the current entries. If this fails, keeps the old journal. */
  private async compact(): Promise<void> {
    try {
      const { file, end } = await writeJournal(this.path, this.entries());
      await this.file.close();
      [this.file, this.end, this.hasTornEnd] = [file, end, false];
    } catch {
      await rm(`${this.path}.new`, { force: true }).catch(() => undefined);
    }
    this.compactAt = Math.max(this.minCompactionBytes, 2 * this.end.length);
  }
}

/**
 * Writes a journal and replaces the file at `path` atomically. After a crash, the file is either the old or the new journal.
 */
export async function writeJournal(
  path: string,
  entries: Entries,
): Promise<{ file: FileHandle; end: JournalEnd }> {
  const file = await open(`${path}.new`, 'w', 0o600);
  try {
    let end: JournalEnd = { lastNumber: -1, length: 0 };
    const write = async (record: Buffer) => {
      await writeAll(file, record, end.length);
      end = { lastNumber: end.lastNumber + 1, length: end.length + record.length };
    };
    await write(encodeHeader());
    for await (const [key, value] of entries) {
      await write(encodeRecord(end.lastNumber + 1, [{ type: 'put', key, value }]));
    }
    await file.sync();
    await rename(`${path}.new`, path);
    await syncFolder(dirname(path));
    return { file, end };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function writeAll(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, written, bytes.length - written, position + written);
    written += bytesWritten;
  }
}

/** Makes a rename durable. Windows cannot open folders and does not need this step. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
