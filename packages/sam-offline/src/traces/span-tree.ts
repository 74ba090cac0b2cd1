import { type Segment, type Subsegment, walkSpans } from './segment';

/** The segments and subsegments of a trace by ID, with their parents. */
export class SpanTree {
  private readonly spans = new Map<string, { readonly span: Subsegment; readonly parentId?: string }>();

  constructor(segments: readonly Segment[]) {
    for (const segment of segments) {
      walkSpans(segment, (span, outer) => {
        const parentId = outer?.id ?? segment.parent_id;
        this.spans.set(span.id, { span, ...(parentId === undefined ? {} : { parentId }) });
      });
    }
  }

  find(id: string | undefined): Subsegment | undefined {
    return id === undefined ? undefined : this.spans.get(id)?.span;
  }

  list(): Subsegment[] {
    return [...this.spans.values()].map(({ span }) => span);
  }

  /** Returns the closest service segment that contains a span. If the span is a service segment, returns the span. */
  findOwner(id: string): Segment | undefined {
    const visited = new Set<string>();
    for (let current: string | undefined = id; current !== undefined && !visited.has(current); ) {
      visited.add(current);
      const entry = this.spans.get(current);
      if (entry && 'trace_id' in entry.span && (entry.span as Segment).type !== 'subsegment')
        return entry.span as Segment;
      current = entry?.parentId;
    }
    return undefined;
  }
}
