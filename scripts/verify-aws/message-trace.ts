/** The elements of an X-Ray segment or subsegment document that the check uses. */
export interface Span {
  id: string;
  name: string;
  /** Set only on segments. The parent of a subsegment is the span that contains it. */
  parent_id?: string;
  origin?: string;
  aws?: { operation?: string };
  subsegments?: Span[];
}

/**
 * Follows the trace of a message from the function that posted it back to the PutEvents call. Returns a description of the
 * first gap, or undefined if the trace is complete.
 *
 * @param segments the segments of one trace
 * @see https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html
 */
export function findTraceGap(segments: readonly Span[]): string | undefined {
  const parents = new Map<string, string | undefined>();
  const spans = segments.flatMap((segment) => flatten(segment, segment.parent_id, parents));
  const byId = new Map(spans.map((span) => [span.id, span]));
  const functions = spans.filter(({ origin }) => origin === 'AWS::Lambda::Function');
  for (const part of ['SendmessageFunction', 'PostFunction']) {
    if (functions.some(({ name }) => name.includes(part))) continue;
    const names = functions.map(({ name }) => name).join(', ');
    return `the trace has no segment of ${part}. Traced functions: ${names || 'none'}`;
  }
  const post = functions.find(({ name }) => name.includes('PostFunction')) as Span;
  const ancestors: Span[] = [];
  for (let id = parents.get(post.id); id !== undefined; id = parents.get(id)) {
    const span = byId.get(id);
    if (span === undefined) return `the trace lacks the span ${id}, an ancestor of PostFunction`;
    ancestors.push(span);
  }
  if (ancestors.some(({ aws }) => aws?.operation === 'PutEvents')) return undefined;
  return `PutEvents is not an ancestor of PostFunction. Ancestors: ${ancestors.map(({ name }) => name).join(', ') || 'none'}`;
}

/** Returns a span and its descendants, and records their parents. */
function flatten(span: Span, parent: string | undefined, parents: Map<string, string | undefined>): Span[] {
  parents.set(span.id, parent);
  return [span, ...(span.subsegments ?? []).flatMap((inner) => flatten(inner, span.id, parents))];
}
