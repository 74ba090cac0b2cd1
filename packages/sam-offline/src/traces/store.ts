import type { Segment, Subsegment } from './segment';
import { summarizeTrace, type TraceSummary } from './summary';

/** The maximum number of traces. */
const MAX_TRACES = 10_000;
/** The maximum weight of all documents. A subsegment, which has a few hundred bytes, weighs about one. */
const MAX_WEIGHT = 400_000;
const BYTES_PER_WEIGHT = 600;

interface Trace {
  readonly id: string;
  /** In the order received. Text from the daemon is parsed when a trace is read. */
  readonly documents: (Segment | string)[];
  weight: number;
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
 * Stores the latest traces, in memory. Adding is cheap because every service call adds documents; reading may be
 * slower.
 */
export class TraceStore {
  private readonly traces = new Map<string, Trace>();
  private weight = 0;
  private changes = 0;
  private started = 0;

  /** Increases with every document. */
  get version(): number {
    return this.changes;
  }

  /** The number of traces since the start, including those that are no longer stored. */
  get traceCount(): number {
    return this.started;
  }

  /** Adds a document of an emulated service. */
  readonly add = (segment: Segment): void => {
    this.addDocument(segment.trace_id, segment, countSpans(segment));
  };

  /** Adds a document in text form. As in X-Ray, drops documents without a trace ID. */
  receive(text: string): void {
    const id = /"trace_id"\s*:\s*"([^"]{1,64})"/.exec(text)?.[1];
    if (id !== undefined) this.addDocument(id, text, Math.ceil(text.length / BYTES_PER_WEIGHT));
  }

  /** Returns the documents of a trace in the order received. A later document replaces an earlier one with its ID. */
  documents(id: string): Segment[] | undefined {
    const trace = this.traces.get(id);
    return trace && parseDocuments(trace);
  }

  /** Lists traces that changed after the version `after`. Skips the newest `skip` and returns up to `limit`. */
  list({ after = 0, limit = MAX_TRACES, skip = 0 }: TraceListQuery = {}): TraceList {
    const changed = [...this.traces.values()].filter(({ version }) => version > after);
    const end = Math.max(0, changed.length - skip);
    const page = changed.slice(Math.max(0, end - limit), end).reverse();
    const { version } = this;
    return { version, kept: this.traces.size, traces: page.map(cachedSummary) };
  }

  /** Returns the documents of up to `limit` of the newest traces that started at or after `since` (epoch seconds). */
  recent(since: number, limit: number): Segment[][] {
    const newest = [...this.traces.values()].slice(-limit);
    return newest.filter((trace) => cachedSummary(trace).start >= since).map(parseDocuments);
  }

  private addDocument(id: string, document: Segment | string, weight: number): void {
    this.changes += 1;
    const trace = this.traces.get(id) ?? this.createTrace(id);
    trace.documents.push(document);
    trace.weight += weight;
    trace.version = this.changes;
    trace.summary = undefined;
    this.weight += weight;
    this.evictOldest();
  }

  private createTrace(id: string): Trace {
    const trace: Trace = { id, documents: [], weight: 0, version: 0 };
    this.traces.set(id, trace);
    this.started += 1;
    return trace;
  }

  private evictOldest(): void {
    for (const [id, { weight }] of this.traces) {
      if (this.traces.size <= MAX_TRACES && (this.weight <= MAX_WEIGHT || this.traces.size === 1)) return;
      this.traces.delete(id);
      this.weight -= weight;
    }
  }
}

function cachedSummary(trace: Trace): TraceSummary {
  trace.summary ??= { ...summarizeTrace(trace.id, parseDocuments(trace)), version: trace.version };
  return trace.summary;
}

/** Parses each document once and replaces its text. */
function parseDocuments(trace: Trace): Segment[] {
  const byId = new Map<string, Segment>();
  for (const [index, document] of trace.documents.entries()) {
    const segment = typeof document === 'string' ? parseSegment(document) : document;
    if (!segment) continue;
    trace.documents[index] = segment;
    byId.set(segment.id, segment);
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

function countSpans({ subsegments = [] }: Subsegment): number {
  return subsegments.reduce((sum, inner) => sum + countSpans(inner), 1);
}
