import { classifyOutcome } from './outcome';
import { type Segment, type Subsegment, walkSpans } from './segment';

/** What a list shows of a trace. */
export interface TraceSummary {
  readonly id: string;
  readonly version: number;
  /** Epoch seconds. */
  readonly start: number;
  /** Seconds from the first start to the last end. */
  readonly duration: number;
  /** Whose segment began it. */
  readonly name: string;
  readonly origin?: string;
  /** Segments and subsegments. */
  readonly spans: number;
  readonly fault: boolean;
  readonly error: boolean;
  readonly throttle: boolean;
  readonly annotations: Readonly<Record<string, string | number | boolean>>;
}

/** Annotations every function of Powertools has: they tell no trace from another. */
const COMMON_ANNOTATIONS = new Set(['ColdStart', 'Service']);

export function summarizeTrace(id: string, segments: readonly Segment[]): Omit<TraceSummary, 'version'> {
  const root = findRoot(segments);
  let [start, end] = [Number.POSITIVE_INFINITY, 0];
  const found = { spans: 0, fault: false, error: false, throttle: false };
  const annotated: Subsegment[] = [];
  for (const segment of segments) {
    walkSpans(segment, (span) => {
      found.spans += 1;
      const outcome = classifyOutcome(span);
      found.fault ||= outcome === 'fault';
      found.throttle ||= outcome === 'throttle';
      found.error ||= outcome === 'error' || outcome === 'throttle'; // 429 is one of 4xx
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
    name: root?.name ?? '',
    ...origin,
    ...found,
    annotations: mergeAnnotations(annotated),
  };
}

/** All annotations, those of what began first at the front; of two of a name the first. */
function mergeAnnotations(annotated: Subsegment[]): TraceSummary['annotations'] {
  const annotations: Record<string, string | number | boolean> = {};
  for (const span of annotated.sort(byStart)) {
    for (const [key, value] of Object.entries(span.annotations ?? {})) {
      if (!COMMON_ANNOTATIONS.has(key)) annotations[key] ??= value;
    }
  }
  return annotations;
}

/** The segment that has no parent, or the first where all have one. */
function findRoot(segments: readonly Segment[]): Segment | undefined {
  const [first] = segments.filter(({ type }) => type !== 'subsegment').sort(byStart);
  return segments.find(({ parent_id, type }) => parent_id === undefined && type !== 'subsegment') ?? first;
}

function byStart(a: Subsegment, b: Subsegment): number {
  return a.start_time - b.start_time;
}
