import { collectOutcomes } from './outcome';
import { type Segment, type Subsegment, walkSpans } from './segment';

/** The summary of a trace in lists. */
export interface TraceSummary {
  readonly id: string;
  readonly version: number;
  /** The start time in epoch seconds. */
  readonly start: number;
  /** The time in seconds from the first start to the last end. */
  readonly duration: number;
  /** The name of the root segment. If the root segment has not arrived, the name of the earliest document. */
  readonly name: string;
  /** Whether the root segment has arrived. A segment arrives when it ends. */
  readonly hasRoot: boolean;
  readonly origin?: string;
  /** The number of segments and subsegments. */
  readonly spans: number;
  readonly fault: boolean;
  readonly error: boolean;
  readonly throttle: boolean;
  /** Whether the trace contains an expected rejection. */
  readonly expected: boolean;
  readonly annotations: Readonly<Record<string, string | number | boolean>>;
}

/** Annotations that Powertools adds to every function. Lists omit them, because they do not distinguish traces. */
const COMMON_ANNOTATIONS = new Set(['ColdStart', 'Service']);

/** Summarizes the documents of a trace. */
export function summarizeTrace(id: string, segments: readonly Segment[]): Omit<TraceSummary, 'version'> {
  const root = findRoot(segments);
  let [start, end] = [Number.POSITIVE_INFINITY, 0];
  let spans = 0;
  const outcomes = new Set(Object.values(collectOutcomes(segments)));
  const annotated: Subsegment[] = [];
  for (const segment of segments) {
    walkSpans(segment, (span) => {
      spans += 1;
      start = Math.min(start, span.start_time);
      end = Math.max(end, span.end_time ?? span.start_time);
      if (span.annotations) annotated.push(span);
    });
  }
  const origin = root?.origin === undefined ? {} : { origin: root.origin };
  const times = { start: Number.isFinite(start) ? start : 0, duration: Math.max(0, end - start) || 0 };
  return {
    id,
    ...times,
    name: (root ?? [...segments].sort(byStart)[0])?.name ?? '',
    hasRoot: root !== undefined,
    ...origin,
    spans,
    fault: outcomes.has('fault'),
    error: outcomes.has('error') || outcomes.has('throttle'), // 429 is also a 4xx status.
    throttle: outcomes.has('throttle'),
    expected: outcomes.has('expected'),
    annotations: mergeAnnotations(annotated),
  };
}

/** Merges annotations in the order of start times. If a name has several values, keeps the first value. */
function mergeAnnotations(annotated: Subsegment[]): TraceSummary['annotations'] {
  const annotations: Record<string, string | number | boolean> = {};
  for (const span of annotated.sort(byStart)) {
    for (const [key, value] of Object.entries(span.annotations ?? {})) {
      if (!COMMON_ANNOTATIONS.has(key)) annotations[key] ??= value;
    }
  }
  return annotations;
}

/** Returns the segment without a parent. If all segments have a parent, returns the earliest segment. */
function findRoot(segments: readonly Segment[]): Segment | undefined {
  const [first] = segments.filter(({ type }) => type !== 'subsegment').sort(byStart);
  return segments.find(({ parent_id, type }) => parent_id === undefined && type !== 'subsegment') ?? first;
}

function byStart(a: Subsegment, b: Subsegment): number {
  return a.start_time - b.start_time;
}
