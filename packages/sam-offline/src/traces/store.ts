import type { Segment } from './segment';
import { summarizeTrace, type TraceSummary } from './summary';

/** The maximum number of traces. */
const MAX_TRACES = 10_000;
/** The maximum total length of documents. The trace of a chat message has 10,000 to 20,000 characters. */
const MAX_CHARACTERS = 8 * 1024 * 1024;

interface Trace {
  readonly id: string;
  /** The documents as JSON, in the order received. Objects would require four times as much memory. */
  readonly documents: string[];
  characters: number;
  /** The version of the store when this trace last changed. */
  version: number;
  summary?: TraceSummary;
}

export interface TraceListQuery {
  readonly after?: number;
  readonly limit?: number;
  readonly skip?: number;
}

/** A page of trace summaries, newest first. */
export interface TraceList {
  readonly version: number;
  readonly kept: number;
  readonly traces: readonly TraceSummary[];
}

/**
 * Stores the latest traces in memory. Adding documents is fast, because every service call adds documents. Reading may be
 * slower.
 */
export class TraceStore {
  private readonly traces = new Map<string, Trace>();
  private characters = 0;
  private changes = 0;
  private started = 0;

  /** Increases with each document. */
  get version(): number {
    return this.changes;
  }

  /** The number of traces since startup, including traces that are no longer stored. */
  get traceCount(): number {
    return this.started;
  }

  /** Adds a segment from an emulated service. */
  readonly add = (segment: Segment): void => {
    this.addDocument(segment.trace_id, JSON.stringify(segment));
  };

  /** Adds a JSON document. As in X-Ray, drops documents without a trace ID. */
  receive(text: string): void {
    const id = /"trace_id"\s*:\s*"([^"]{1,64})"/.exec(text)?.[1];
    if (id !== undefined) this.addDocument(id, text);
  }

  /**
   * Returns the documents of a trace in the order received. A later document replaces an earlier document with the same ID.
   */
  documents(id: string): Segment[] | undefined {
    const trace = this.traces.get(id);
    return trace && parseDocuments(trace);
  }

  /**
   * Lists traces that have changed since the version `after`. Skips the newest `skip` traces and returns up to `limit` traces.
   */
  list({ after = 0, limit = MAX_TRACES, skip = 0 }: TraceListQuery = {}): TraceList {
    const changed = [...this.traces.values()].filter(({ version }) => version > after);
    const end = Math.max(0, changed.length - skip);
    const page = changed.slice(Math.max(0, end - limit), end).reverse();
    const { version } = this;
    return { version, kept: this.traces.size, traces: page.map(cachedSummary) };
  }

  /**
   * Returns the documents of the newest traces that started at or after `since` (epoch seconds). Returns up to `limit` traces.
   */
  recent(since: number, limit: number): Segment[][] {
    const newest = [...this.traces.values()].slice(-limit);
    return newest.filter((trace) => cachedSummary(trace).start >= since).map(parseDocuments);
  }

  private addDocument(id: string, document: string): void {
    this.changes += 1;
    const trace = this.traces.get(id) ?? this.createTrace(id);
    trace.documents.push(document);
    trace.characters += document.length;
    trace.version = this.changes;
    trace.summary = undefined;
    this.characters += document.length;
    this.evictOldest();
  }

  private createTrace(id: string): Trace {
    const trace: Trace = { id, documents: [], characters: 0, version: 0 };
    this.traces.set(id, trace);
    this.started += 1;
    return trace;
  }

  private evictOldest(): void {
    for (const [id, { characters }] of this.traces) {
      const isSmall = this.characters <= MAX_CHARACTERS || this.traces.size === 1;
      if (this.traces.size <= MAX_TRACES && isSmall) return;
      this.traces.delete(id);
      this.characters -= characters;
    }
  }
}

function cachedSummary(trace: Trace): TraceSummary {
  trace.summary ??= { ...summarizeTrace(trace.id, parseDocuments(trace)), version: trace.version };
  return trace.summary;
}

function parseDocuments({ documents }: Trace): Segment[] {
  const byId = new Map<string, Segment>();
  for (const document of documents) {
    const segment = parseSegment(document);
    if (segment) byId.set(segment.id, segment);
  }
  return [...byId.values()];
}

function parseSegment(text: string): Segment | undefined {
  try {
    const segment = JSON.parse(text);
    return typeof segment?.id === 'string' && typeof segment.start_time === 'number' ? segment : undefined;
  } catch {
    return undefined;
  }
}
