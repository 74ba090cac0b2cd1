/**
 * The trace that an invocation belongs to.
 * https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
 */
export interface TraceHeader {
  readonly root: string;
  /** The ID of the function's segment. */
  readonly parent: string;
  readonly isSampled: boolean;
  /** Returns the header of a call. `parent` is the ID of the call's subsegment. */
  format(parent: string): string;
}

/** Parses the value of `_X_AMZN_TRACE_ID`. Returns undefined if it does not name a trace and a segment. */
export function parseTraceHeader(text: string | undefined): TraceHeader | undefined {
  const fields = new Map(
    text?.split(';').map((field) => field.split('=', 2) as [string, string | undefined]),
  );
  const root = fields.get('Root');
  const parent = fields.get('Parent');
  if (!root || !parent) return undefined;
  return {
    root,
    parent,
    isSampled: fields.get('Sampled') === '1',
    // Keeps other fields, such as `Lineage`, by which Lambda detects recursion.
    format: (id) => [...new Map([...fields, ['Parent', id]])].map((field) => field.join('=')).join(';'),
  };
}
