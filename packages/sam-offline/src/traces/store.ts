import type { Segment, Subsegment } from './segment';
import { summarizeTrace, type TraceSummary } from './summary';

/** The traces kept; the oldest go first. */
const MAX_TRACES = 10_000;
/** The weight of all documents kept: about one for each subsegment, a few hundred bytes. */
const MAX_WEIGHT = 400_000;
const BYTES_PER_WEIGHT = 600;

interface Trace {
  readonly id: string;
  /** As they came: text from the daemon is parsed when somebody looks. */
  readonly documents: (Segment | string)[];
  weight: number;
  /** The number of the latest change of any trace when this one changed. */
  version: number;
  summary?: TraceSummary;
}

export interface TraceListQuery {
  readonly after?: number;
  readonly limit?: number;
  readonly skip?: number;
}

/** What was asked of a list of traces: those changed after a version, the newest first. */
export interface TraceList {
  readonly version: number;
  readonly kept: number;
  readonly traces: readonly TraceSummary[];
}

/**
 * The latest traces, in memory. Adding is cheap, for every call of every service adds; looking is not needed to be.
 */
export class TraceStore {
  private readonly traces = new Map<string, Trace>();
  private weight = 0;
  private changes = 0;

  /** How often anything was added. */
  get version(): number {
    return this.changes;
  }

  /** Takes a document of one of the runtime's services. */
  readonly add = (segment: Segment): void => {
    this.addDocument(segment.trace_id, segment, countSpans(segment));
  };

  /** Takes a document as a tracer sent it; one that names no trace is dropped, as X-Ray does. */
  receive(text: string): void {
    const id = /"trace_id"\s*:\s*"([^"]{1,64})"/.exec(text)?.[1];
    if (id !== undefined) this.addDocument(id, text, Math.ceil(text.length / BYTES_PER_WEIGHT));
  }

  /** The documents of a trace in the order they came, a later one of the same id in the place of an earlier. */
  documents(id: string): Segment[] | undefined {
    const trace = this.traces.get(id);
    return trace && parseDocuments(trace);
  }

  /** The newest `limit` of the traces that changed after `after`, without the newest `skip`. */
  list({ after = 0, limit = MAX_TRACES, skip = 0 }: TraceListQuery = {}): TraceList {
    const changed = [...this.traces.values()].filter(({ version }) => version > after);
    const end = Math.max(0, changed.length - skip);
    const page = changed.slice(Math.max(0, end - limit), end).reverse();
    const { version } = this;
    return { version, kept: this.traces.size, traces: page.map(cachedSummary) };
  }

  /** The newest traces that began since `since` (epoch seconds), at most `limit`, with their documents. */
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

/** Parses each document once: the text makes room for what it says. */
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
