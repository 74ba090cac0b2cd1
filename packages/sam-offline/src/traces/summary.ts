import { type Outcome, outcomeOf } from './outcome';
import type { Segment, Subsegment } from './segment';

/** What a list shows of a trace. */
export interface Summary {
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
const COMMON = new Set(['ColdStart', 'Service']);

export function summaryOf(id: string, segments: readonly Segment[]): Omit<Summary, 'version'> {
  const root = rootOf(segments);
  let [start, end] = [Number.POSITIVE_INFINITY, 0];
  const found = { spans: 0, fault: false, error: false, throttle: false };
  const annotated: Subsegment[] = [];
  for (const segment of segments) {
    walk(segment, (span) => {
      found.spans += 1;
      const outcome = outcomeOf(span);
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
  return { id, ...times, name: root?.name ?? '', ...origin, ...found, annotations: gathered(annotated) };
}

/** All annotations, those of what began first at the front; of two of a name the first. */
function gathered(annotated: Subsegment[]): Summary['annotations'] {
  const annotations: Record<string, string | number | boolean> = {};
  for (const span of annotated.sort(byStart)) {
    for (const [key, value] of Object.entries(span.annotations ?? {})) {
      if (!COMMON.has(key)) annotations[key] ??= value;
    }
  }
  return annotations;
}

/** What went wrong, by the ids of the segments and subsegments in which something did. */
export function outcomesOf(segments: readonly Segment[]): Record<string, Outcome> {
  const outcomes: Record<string, Outcome> = {};
  for (const segment of segments) {
    walk(segment, (span) => {
      const outcome = outcomeOf(span);
      if (outcome !== undefined) outcomes[span.id] = outcome;
    });
  }
  return outcomes;
}

/** Visits a segment and all within it. */
export function walk(
  span: Subsegment,
  visit: (span: Subsegment, outer?: Subsegment) => void,
  outer?: Subsegment,
): void {
  visit(span, outer);
  for (const inner of span.subsegments ?? []) walk(inner, visit, span);
}

/** The segment that has no parent, or the first where all have one. */
function rootOf(segments: readonly Segment[]): Segment | undefined {
  const [first] = segments.filter(({ type }) => type !== 'subsegment').sort(byStart);
  return segments.find(({ parent_id, type }) => parent_id === undefined && type !== 'subsegment') ?? first;
}

function byStart(a: Subsegment, b: Subsegment): number {
  return a.start_time - b.start_time;
}
