/** A segment document as X-Ray keeps it, or one of its subsegments: those parts of it that are looked at. */
export interface Span {
  id: string;
  name: string;
  /** Of a segment: what it came from. A subsegment comes from what holds it. */
  parent_id?: string;
  origin?: string;
  aws?: { operation?: string };
  subsegments?: Span[];
}

/**
 * What a message's trace lacks of its way from the call that put the event on the bus to the function that posted it;
 * undefined if it lacks nothing.
 *
 * @param segments those of one trace
 * https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html
 */
export function missingOnTheWay(segments: readonly Span[]): string | undefined {
  const above = new Map<string, string | undefined>();
  const spans = segments.flatMap((segment) => flat(segment, segment.parent_id, above));
  const byId = new Map(spans.map((span) => [span.id, span]));
  const functions = spans.filter(({ origin }) => origin === 'AWS::Lambda::Function');
  for (const part of ['SendmessageFunction', 'PostFunction']) {
    if (functions.some(({ name }) => name.includes(part))) continue;
    const names = functions.map(({ name }) => name).join(', ');
    return `of ${part} there is nothing among ${names || 'nothing at all'}`;
  }
  const post = functions.find(({ name }) => name.includes('PostFunction')) as Span;
  const way: Span[] = [];
  for (let id = above.get(post.id); id !== undefined; id = above.get(id)) {
    const span = byId.get(id);
    if (span === undefined) return `what PostFunction came from is not in it: ${id}`;
    way.push(span);
  }
  if (way.some(({ aws }) => aws?.operation === 'PutEvents')) return undefined;
  return `PostFunction hangs from ${way.map(({ name }) => name).join(', ') || 'nothing'}, and not from PutEvents`;
}

/** A span and all in it; notes what each of them is below. */
function flat(span: Span, parent: string | undefined, above: Map<string, string | undefined>): Span[] {
  above.set(span.id, parent);
  return [span, ...(span.subsegments ?? []).flatMap((inner) => flat(inner, span.id, above))];
}
