import type { Segment, Subsegment, TraceSummary } from 'sam-offline/testing';

/** A segment or subsegment with the ID of its parent. */
export interface Span extends Subsegment {
  readonly parent?: string;
  readonly origin?: string;
}

/** Lists the traces that the local runtime recorded. */
export async function listTraces(httpUrl: string): Promise<TraceSummary[]> {
  const response = await fetch(`${httpUrl}/_local/traces`);
  return ((await response.json()) as { traces: TraceSummary[] }).traces;
}

export async function readTrace(httpUrl: string, id: string): Promise<Segment[]> {
  const response = await fetch(`${httpUrl}/_local/traces/${id}`);
  return ((await response.json()) as { segments: Segment[] }).segments;
}

/** Returns all segments and subsegments of a trace as a flat list. */
function listSpans(segments: readonly Segment[]): Span[] {
  const flat = (span: Subsegment, parent: string | undefined): Span[] => [
    { ...span, ...(parent === undefined ? {} : { parent }) },
    ...(span.subsegments ?? []).flatMap((inner) => flat(inner, span.id)),
  ];
  return segments.flatMap((segment) => flat(segment, segment.parent_id));
}

/** A step in the path of a message. */
interface Step {
  readonly name: string;
  /** Whether a span represents this step. */
  readonly matches: (span: Span) => boolean;
  /** The name of the step whose span must be an ancestor. Absent for the root. */
  readonly under?: string;
}

const lambda = (origin: string, logicalId: string) => (span: Span) =>
  span.origin === origin && span.name.includes(logicalId);
const call = (service: string, operation: string) => (span: Span) =>
  span.namespace === 'aws' && span.name === service && span.aws?.operation === operation;

const isExecution = ({ origin }: Span) => origin === 'AWS::StepFunctions::StateMachine';

const handlerOf = (logicalId: string) => (span: Span) =>
  span.name.startsWith('## ') && span.name.includes(logicalId);

/** The path of a message to a room that has members. */
const MESSAGE_PATH: readonly Step[] = [
  { name: 'the sendmessage request', matches: lambda('AWS::Lambda', 'SendmessageFunction') },
  {
    name: 'the sendmessage function',
    matches: lambda('AWS::Lambda::Function', 'SendmessageFunction'),
    under: 'the sendmessage request',
  },
  {
    name: 'its handler',
    matches: handlerOf('SendmessageFunction'),
    under: 'the sendmessage function',
  },
  { name: 'BatchGetItem', matches: call('DynamoDB', 'BatchGetItem'), under: 'its handler' },
  {
    name: 'the write of the entry',
    // The first entry of a room is stored in a transaction with the room.
    matches: (span) => call('DynamoDB', 'PutItem')(span) || call('DynamoDB', 'TransactWriteItems')(span),
    under: 'its handler',
  },
  { name: 'PutEvents', matches: call('EventBridge', 'PutEvents'), under: 'its handler' },
  { name: 'the delivery by the rule', matches: ({ origin }) => origin === 'AWS::Events', under: 'PutEvents' },
  {
    name: 'the execution',
    matches: isExecution,
    under: 'the delivery by the rule',
  },
  { name: 'Query', matches: call('DynamoDB', 'Query'), under: 'the execution' },
  { name: 'Invoke', matches: call('Lambda', 'Invoke'), under: 'the execution' },
  { name: 'the post request', matches: lambda('AWS::Lambda', 'PostFunction'), under: 'Invoke' },
  {
    name: 'the post function',
    matches: lambda('AWS::Lambda::Function', 'PostFunction'),
    under: 'the post request',
  },
  {
    name: 'the post handler',
    matches: handlerOf('PostFunction'),
    under: 'the post function',
  },
  { name: 'the batch', matches: ({ name }) => name === 'Post batch', under: 'the post handler' },
];

/** The values that the trace of a message must contain as annotations. */
export interface SentMessage {
  readonly room: string;
  readonly seq: number;
  readonly messageId: string;
}

/**
 * Checks the annotations and the number of batches of a trace, and returns a line for each error. An event can be delivered
 * more than once, for example if the SDK retries PutEvents. In that case, each execution posts all `batches`.
 */
export function findAnnotationErrors(
  segments: readonly Segment[],
  message: SentMessage,
  batches: number,
): string[] {
  const spans = listSpans(segments);
  const posted = spans.filter(({ name }) => name === 'Post batch');
  const expected = batches * spans.filter(isExecution).length;
  const annotated = [...spans.filter(handlerOf('SendmessageFunction')), ...posted];
  const actual = ({ annotations = {} }: Span) =>
    JSON.stringify([annotations.room, annotations.seq, annotations.messageId]);
  const wanted = JSON.stringify([message.room, message.seq, message.messageId]);
  return [
    ...annotated
      .filter((span) => actual(span) !== wanted)
      .map((span) => `${span.name} has the annotations ${actual(span)} instead of ${wanted}`),
    ...(posted.length === expected ? [] : [`${posted.length} batches were posted instead of ${expected}`]),
  ];
}

/** Returns the names of the handlers that annotated the trace with this room. */
export function findHandlersOfRoom(segments: readonly Segment[], room: string): string[] {
  return listSpans(segments)
    .filter(({ name, annotations }) => name.startsWith('## ') && annotations?.room === room)
    .map(({ name }) => name);
}

/** Returns a line for each missing or orphaned span in the trace of a message. Empty if the trace is complete. */
export function findTraceGaps(segments: readonly Segment[]): string[] {
  const spans = listSpans(segments);
  const byId = new Map(spans.map((span) => [span.id, span]));
  const roots = spans.filter(({ parent }) => parent === undefined);
  const orphans = spans.filter(({ parent }) => parent !== undefined && !byId.has(parent));
  return [
    ...(roots.length === 1 ? [] : [`${roots.length} roots: ${roots.map(({ name }) => name).join(', ')}`]),
    ...orphans.map(({ name, parent }) => `orphan: ${name} with the parent ${parent}`),
    ...MESSAGE_PATH.filter(
      ({ matches, under }) => !spans.some((span) => matches(span) && hasAncestor(span, under, byId)),
    ).map(({ name, under }) => `missing: ${name}${under === undefined ? '' : ` under ${under}`}`),
  ];
}

function hasAncestor(span: Span, under: string | undefined, byId: ReadonlyMap<string, Span>): boolean {
  if (under === undefined) return span.parent === undefined;
  const step = MESSAGE_PATH.find(({ name }) => name === under);
  for (let at = parentOf(span, byId); at; at = parentOf(at, byId)) {
    if (step?.matches(at)) return true;
  }
  return false;
}

function parentOf({ parent }: Span, byId: ReadonlyMap<string, Span>): Span | undefined {
  return parent === undefined ? undefined : byId.get(parent);
}
