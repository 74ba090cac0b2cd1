import type { Segment, Subsegment, TraceSummary } from 'sam-offline/testing';

/** A segment or subsegment of a trace, with what it lies in. */
export interface Span extends Subsegment {
  readonly parent?: string;
  readonly origin?: string;
}

/** The runtime's traces, as its console reads them. */
export async function listTraces(httpUrl: string): Promise<TraceSummary[]> {
  const response = await fetch(`${httpUrl}/_local/traces`);
  return ((await response.json()) as { traces: TraceSummary[] }).traces;
}

export async function readTrace(httpUrl: string, id: string): Promise<Segment[]> {
  const response = await fetch(`${httpUrl}/_local/traces/${id}`);
  return ((await response.json()) as { segments: Segment[] }).segments;
}

/** All spans of a trace, flat. */
export function spansOf(segments: readonly Segment[]): Span[] {
  const flat = (span: Subsegment, parent: string | undefined): Span[] => [
    { ...span, ...(parent === undefined ? {} : { parent }) },
    ...(span.subsegments ?? []).flatMap((inner) => flat(inner, span.id)),
  ];
  return segments.flatMap((segment) => flat(segment, segment.parent_id));
}

/** One step on the way of a message: how to know its span, and the step whose span it must lie in or follow. */
interface Step {
  readonly name: string;
  readonly is: (span: Span) => boolean;
  readonly under?: string;
}

const lambda = (origin: string, logicalId: string) => (span: Span) =>
  span.origin === origin && span.name.includes(logicalId);
const call = (service: string, operation: string) => (span: Span) =>
  span.namespace === 'aws' && span.name === service && span.aws?.operation === operation;

const isExecution = ({ origin }: Span) => origin === 'AWS::StepFunctions::StateMachine';

const handlerOf = (logicalId: string) => (span: Span) =>
  span.name.startsWith('## ') && span.name.includes(logicalId);

/** The way of a message that is sent to a room with somebody in it. */
const WAY: readonly Step[] = [
  { name: 'the sendmessage request', is: lambda('AWS::Lambda', 'SendmessageFunction') },
  {
    name: 'the sendmessage function',
    is: lambda('AWS::Lambda::Function', 'SendmessageFunction'),
    under: 'the sendmessage request',
  },
  {
    name: 'its handler',
    is: handlerOf('SendmessageFunction'),
    under: 'the sendmessage function',
  },
  { name: 'BatchGetItem', is: call('DynamoDB', 'BatchGetItem'), under: 'its handler' },
  { name: 'TransactWriteItems', is: call('DynamoDB', 'TransactWriteItems'), under: 'its handler' },
  { name: 'PutEvents', is: call('EventBridge', 'PutEvents'), under: 'its handler' },
  { name: 'the delivery by the rule', is: ({ origin }) => origin === 'AWS::Events', under: 'PutEvents' },
  {
    name: 'the execution',
    is: isExecution,
    under: 'the delivery by the rule',
  },
  { name: 'Query', is: call('DynamoDB', 'Query'), under: 'the execution' },
  { name: 'Invoke', is: call('Lambda', 'Invoke'), under: 'the execution' },
  { name: 'the post request', is: lambda('AWS::Lambda', 'PostFunction'), under: 'Invoke' },
  {
    name: 'the post function',
    is: lambda('AWS::Lambda::Function', 'PostFunction'),
    under: 'the post request',
  },
  {
    name: 'the post handler',
    is: handlerOf('PostFunction'),
    under: 'the post function',
  },
  { name: 'the batch', is: ({ name }) => name === 'Post batch', under: 'the post handler' },
];

/** A message as its trace is to tell of it. */
export interface Told {
  readonly room: string;
  readonly seq: number;
  readonly messageId: string;
}

/**
 * What the trace says of its message that it should not, or does not say; empty if it is as it should be. An event may
 * be delivered more than once, as when a slow PutEvents is repeated: each of its executions posts all `batches`.
 */
export function untruthsIn(segments: readonly Segment[], message: Told, batches: number): string[] {
  const spans = spansOf(segments);
  const posted = spans.filter(({ name }) => name === 'Post batch');
  const expected = batches * spans.filter(isExecution).length;
  const annotated = [...spans.filter(handlerOf('SendmessageFunction')), ...posted];
  const said = ({ annotations = {} }: Span) =>
    JSON.stringify([annotations.room, annotations.seq, annotations.messageId]);
  const meant = JSON.stringify([message.room, message.seq, message.messageId]);
  return [
    ...annotated
      .filter((span) => said(span) !== meant)
      .map((span) => `${span.name} says ${said(span)} of ${meant}`),
    ...(posted.length === expected ? [] : [`${posted.length} batches were posted, not ${expected}`]),
  ];
}

/** The functions whose handlers say that they served this room. */
export function servants(segments: readonly Segment[], room: string): string[] {
  const isServant = ({ name, annotations }: Span) => name.startsWith('## ') && annotations?.room === room;
  return spansOf(segments)
    .filter(isServant)
    .map(({ name }) => name);
}

/** What is missing or orphaned in the trace of one message; empty if it is whole. */
export function gapsIn(segments: readonly Segment[]): string[] {
  const spans = spansOf(segments);
  const byId = new Map(spans.map((span) => [span.id, span]));
  const roots = spans.filter(({ parent }) => parent === undefined);
  const orphans = spans.filter(({ parent }) => parent !== undefined && !byId.has(parent));
  return [
    ...(roots.length === 1 ? [] : [`${roots.length} roots: ${roots.map(({ name }) => name).join(', ')}`]),
    ...orphans.map(({ name, parent }) => `${name} has the parent ${parent}, which is not there`),
    ...WAY.filter(({ is, under }) => !spans.some((span) => is(span) && liesUnder(span, under, byId))).map(
      ({ name, under }) => `missing: ${name}${under === undefined ? '' : ` under ${under}`}`,
    ),
  ];
}

function liesUnder(span: Span, under: string | undefined, byId: ReadonlyMap<string, Span>): boolean {
  if (under === undefined) return span.parent === undefined;
  const step = WAY.find(({ name }) => name === under);
  for (let at = parentOf(span, byId); at; at = parentOf(at, byId)) {
    if (step?.is(at)) return true;
  }
  return false;
}

function parentOf({ parent }: Span, byId: ReadonlyMap<string, Span>): Span | undefined {
  return parent === undefined ? undefined : byId.get(parent);
}
