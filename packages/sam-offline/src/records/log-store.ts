import type { LogEntry } from '../lambda';

/** The maximum number of lines. A chat message produces about eight lines. */
const MAX_LINES = 10_000;
const MAX_BYTES = 8 * 1024 * 1024;
/**
 * The maximum number of removed lines that remain in memory. Lines are freed in batches, because freeing each line individually
 * would be slow.
 */
const MAX_REMOVED_LINES = 500;

/** A log line of a function, or a line that Lambda writes for the function. */
export interface LogLine {
  /** The sequence number, starting at 1. */
  readonly number: number;
  /** The time in epoch milliseconds. */
  readonly time: number;
  /** The logical ID of the function. */
  readonly function: string;
  readonly requestId: string;
  readonly stream: LogEntry['stream'];
  readonly line: string;
}

export interface LogQuery {
  /** Returns only lines with a higher number. */
  readonly after?: number;
  /** Returns only lines of these invocations. */
  readonly requestIds?: ReadonlySet<string>;
  readonly function?: string;
  /** Returns only lines that contain this text. The search is case-insensitive. */
  readonly text?: string;
  readonly limit?: number;
}

/** Stores the latest log lines of all functions in memory. */
export class LogStore {
  private lines: LogLine[] = [];
  private first = 0;
  private bytes = 0;
  private written = 0;
  private writtenBytes = 0;

  /** Increases with each line. */
  get version(): number {
    return this.written;
  }

  /** The size of all lines since startup, including line breaks. */
  get totalBytes(): number {
    return this.writtenBytes;
  }

  add({ requestId, stream, line }: LogEntry, logicalId: string): void {
    this.written += 1;
    this.lines.push({ number: this.written, time: Date.now(), function: logicalId, requestId, stream, line });
    this.bytes += line.length;
    this.writtenBytes += Buffer.byteLength(line) + 1;
    while (this.lines.length - this.first > MAX_LINES || this.bytes > MAX_BYTES) {
      this.bytes -= this.lines[this.first]?.line.length ?? 0;
      this.first += 1;
    }
    if (this.first > MAX_REMOVED_LINES) {
      this.lines = this.lines.slice(this.first);
      this.first = 0;
    }
  }

  /** Returns the newest matching lines, oldest first. */
  find({ after = 0, limit = 1000, ...query }: LogQuery): LogLine[] {
    const text = query.text?.toLowerCase();
    const found: LogLine[] = [];
    for (let i = this.lines.length - 1; i >= this.first && found.length < limit; i -= 1) {
      const line = this.lines[i] as LogLine;
      if (line.number <= after) break;
      if (query.requestIds && !query.requestIds.has(line.requestId)) continue;
      if (query.function !== undefined && line.function !== query.function) continue;
      if (text !== undefined && !line.line.toLowerCase().includes(text)) continue;
      found.push(line);
    }
    return found.reverse();
  }
}
