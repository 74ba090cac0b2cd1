/** @import { Segment, Span } from './types' */

/** @typedef {{ span: Span, depth: number, from: number, to: number, end: number }} SpanRow times in epoch seconds; `end` is the
 *   index after the last span below this one */

/**
 * The SDK's clock has a resolution of 1 ms. Spans that start at most this much before their parent are moved to the parent's
 * start.
 */
const CLOCK_TOLERANCE_SECONDS = 0.002;

/**
 * Returns all spans depth first, siblings by their start. Segments with an unknown parent are at the top level.
 *
 * @param {readonly Segment[]} segments
 */
export function orderSpans(segments) {
  /** @type {{ span: Span, parentId: string | undefined }[]} */
  const spans = [];
  const add = (/** @type {Span} */ span, /** @type {string | undefined} */ parentId) => {
    spans.push({ span, parentId });
    for (const subsegment of span.subsegments ?? []) add(subsegment, span.id);
  };
  for (const segment of segments) add(segment, segment.parent_id);

  const ids = new Set(spans.map(({ span }) => span.id));
  /** @type {Map<string | undefined, Span[]>} */
  const children = new Map();
  for (const { span, parentId } of spans) {
    const key = parentId !== undefined && ids.has(parentId) ? parentId : undefined;
    const siblings = children.get(key);
    if (siblings) siblings.push(span);
    else children.set(key, [span]);
  }

  /** @type {SpanRow[]} */
  const rows = [];
  const visit = (
    /** @type {string | undefined} */ parentId,
    /** @type {number} */ depth,
    /** @type {number} */ parentStart,
  ) => {
    const sorted = (children.get(parentId) ?? []).sort((a, b) => a.start_time - b.start_time);
    for (const span of sorted) {
      const early = parentStart - span.start_time;
      const from = early > 0 && early < CLOCK_TOLERANCE_SECONDS ? parentStart : span.start_time;
      const row = { span, depth, from, to: Math.max(from, span.end_time ?? from), end: 0 };
      rows.push(row);
      visit(span.id, depth + 1, from);
      row.end = rows.length;
    }
  };
  visit(undefined, 0, 0);
  return rows;
}

/**
 * Returns the index of the first failed span without a failed span below it, or -1. Expected rejections are not failures.
 *
 * @param {readonly SpanRow[]} rows
 * @param {Readonly<Record<string, string | undefined>>} outcomes by the ID of the span
 */
export function findDeepestError(rows, outcomes) {
  const hasFailed = (/** @type {SpanRow} */ { span }) =>
    outcomes[span.id] !== undefined && outcomes[span.id] !== 'expected';
  return rows.findIndex((row, index) => hasFailed(row) && !rows.slice(index + 1, row.end).some(hasFailed));
}
