import { percentile } from '../time/percentile';
import { collectOutcomes, type Failure, type Outcome } from './outcome';
import { type Segment, type Subsegment, walkSpans } from './segment';
import { SpanTree } from './span-tree';

/** Statistics of the calls to a node or along an edge. Expected rejections do not count as failed calls. */
export interface Traffic {
  readonly calls: number;
  /** The number of faults. Each failed call counts as one fault, throttle or error. */
  readonly faults: number;
  readonly throttles: number;
  readonly errors: number;
  /** Latency percentiles in milliseconds. */
  readonly p50: number;
  readonly p95: number;
}

export interface MapNode extends Traffic {
  /** The kind and name, such as `AWS::Lambda::Function send`. */
  readonly id: string;
  readonly kind: string;
  readonly name: string;
}

export interface MapEdge extends Traffic {
  readonly from: string;
  readonly to: string;
}

export interface ServiceMap {
  /** The duration of the period that the traces cover, in seconds. */
  readonly seconds: number;
  readonly traces: number;
  readonly nodes: readonly MapNode[];
  readonly edges: readonly MapEdge[];
}

/**
 * The node kinds of segments that are merged with segments of another kind. Lambda's service segment and function segment have
 * one node.
 */
const NODE_KINDS: Readonly<Record<string, string>> = { 'AWS::Lambda': 'AWS::Lambda::Function' };

/** The node kinds of AWS services that do not record segments, by the name in the caller's subsegment. */
const CALLED_SERVICE_KINDS: Readonly<Record<string, string>> = {
  DynamoDB: 'AWS::DynamoDB::Table',
  EventBridge: 'AWS::Events',
  Lambda: 'AWS::Lambda::Function',
  SQS: 'AWS::SQS::Queue',
  ApiGatewayManagementApi: 'AWS::ApiGateway::Connections',
};

/** Builds a service map from traces. The map contains the services and the calls between them. */
export function buildServiceMap(traces: readonly (readonly Segment[])[]): ServiceMap {
  const nodes = new Map<string, TrafficSample>();
  const edges = new Map<string, TrafficSample>();
  let [first, last] = [Number.POSITIVE_INFINITY, 0];
  for (const segments of traces) {
    for (const { start_time, end_time = start_time } of segments) {
      first = Math.min(first, start_time);
      last = Math.max(last, end_time);
    }
    addTrace(segments, nodes, edges);
  }
  return {
    seconds: Math.max(1, last - first),
    traces: traces.length,
    nodes: [...nodes].map(([id, sample]) => {
      const [kind = '', ...name] = id.split(' ');
      return { id, kind, name: name.join(' '), ...toTraffic(sample) };
    }),
    edges: [...edges].map(([id, sample]) => {
      const [from = '', to = ''] = id.split('\n');
      return { from, to, ...toTraffic(sample) };
    }),
  };
}

interface TrafficSample {
  readonly millis: number[];
  readonly outcomes: Record<Failure, number>;
}

function addTrace(
  segments: readonly Segment[],
  nodes: Map<string, TrafficSample>,
  edges: Map<string, TrafficSample>,
): void {
  const tree = new SpanTree(segments);
  const outcomes = collectOutcomes(segments, tree);
  const codeFailures = findCodeFailures(segments, tree, outcomes);
  const parentIds = new Set(segments.map(({ parent_id }) => parent_id));
  const nodeOf = (id: string | undefined) => {
    const owner = id === undefined ? undefined : tree.findOwner(id);
    return owner && nodeId(owner);
  };
  const isRecorded = new Set(segments.filter(isFunctionRun).map(nodeId));
  for (const segment of segments) {
    if (segment.type !== 'subsegment') {
      const id = nodeId(segment);
      const caller = nodeOf(segment.parent_id);
      const outcome = codeFailures.get(segment.id) ?? outcomes[segment.id];
      // Each run of a function is counted, including retries of asynchronous invocations.
      if (isFunctionRun(segment)) addSample(nodes, id, findRequest(segment, tree), outcome);
      else if (!isRecorded.has(id)) addSample(nodes, id, segment, outcome);
      if (caller !== undefined && caller !== id) addSample(edges, `${caller}\n${id}`, segment, outcome);
    }
    walkSpans(segment, (span) => {
      if (span.namespace !== 'aws' || parentIds.has(span.id)) return;
      const owner = nodeOf(span.id);
      for (const id of calledNodeIds(span)) {
        addSample(nodes, id, span, outcomes[span.id]);
        if (owner !== undefined) addSample(edges, `${owner}\n${id}`, span, outcomes[span.id]);
      }
    });
  }
}

function isFunctionRun({ origin }: Segment): boolean {
  return origin === 'AWS::Lambda::Function';
}

/** Returns the request that caused a function run. The request's duration includes the initialization. */
function findRequest(run: Segment, tree: SpanTree): Subsegment {
  const parent = tree.find(run.parent_id);
  return parent && 'origin' in parent ? parent : run;
}

/**
 * Finds function runs that succeeded although the function's code failed. For example, the code may have caught an exception to
 * send an error to the client.
 */
function findCodeFailures(
  segments: readonly Segment[],
  tree: SpanTree,
  outcomes: Readonly<Record<string, Outcome>>,
): Map<string, Outcome> {
  const failures = new Map<string, Outcome>();
  for (const segment of segments) {
    walkSpans(segment, (span) => {
      if (span.namespace !== undefined || outcomes[span.id] !== 'fault') return;
      const owner = tree.findOwner(span.id);
      if (owner && isFunctionRun(owner)) failures.set(owner.id, 'fault');
    });
  }
  return failures;
}

function nodeId({ origin = '', name, aws }: Segment): string {
  if (origin === 'AWS::Events') return `AWS::Events ${String(aws?.event_bus ?? name)}`;
  return `${NODE_KINDS[origin] ?? origin} ${name}`;
}

function calledNodeIds({ name, aws = {} }: Subsegment): string[] {
  const kind = CALLED_SERVICE_KINDS[name] ?? name;
  const tables = Array.isArray(aws.table_names) ? aws.table_names : [];
  const named = [aws.table_name, aws.function_name, aws.event_bus, aws.queue_url].filter(
    (value) => typeof value === 'string',
  );
  const names = [...tables, ...named].map((value) => String(value).replace(/^.*[:/]/, ''));
  return names.length === 0 ? [`${kind} ${name}`] : names.map((each) => `${kind} ${each}`);
}

function addSample(
  samples: Map<string, TrafficSample>,
  id: string,
  span: Subsegment,
  outcome: Outcome | undefined,
): void {
  const { start_time, end_time = start_time } = span;
  const sample = samples.get(id) ?? { millis: [], outcomes: { fault: 0, throttle: 0, error: 0 } };
  samples.set(id, sample);
  sample.millis.push((end_time - start_time) * 1000);
  if (outcome !== undefined && outcome !== 'expected') sample.outcomes[outcome] += 1;
}

function toTraffic({ millis, outcomes }: TrafficSample): Traffic {
  const sorted = millis.sort((a, b) => a - b);
  const { fault: faults, throttle: throttles, error: errors } = outcomes;
  return {
    calls: sorted.length,
    faults,
    throttles,
    errors,
    p50: percentile(sorted, 0.5),
    p95: percentile(sorted, 0.95),
  };
}
