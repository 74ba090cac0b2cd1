import { type Segment, type Subsegment, seconds } from '../traces/segment';
import type { ExecutionRecord, ServiceCall, Transition } from './execution-record';

/** The services' names in X-Ray, as Step Functions' own segments have them. */
const SERVICES: Readonly<Record<string, string>> = {
  dynamodb: 'DynamoDB',
  events: 'EventBridge',
  lambda: 'Lambda',
  sqs: 'SQS',
};

/**
 * The segment Step Functions tells of a traced execution: a subsegment for each visit to a state, those of a Map's or
 * Parallel's branches within it, and in each the calls of AWS services it made.
 */
export function executionSegment(record: ExecutionRecord): Segment | undefined {
  if (!record.trace) return undefined;
  const { traceId, segmentId, parentId } = record.trace;
  return {
    trace_id: traceId,
    id: segmentId,
    ...(parentId === undefined ? {} : { parent_id: parentId }),
    name: record.stateMachineName,
    origin: 'AWS::StepFunctions::StateMachine',
    start_time: seconds(record.startDate),
    end_time: seconds(record.stopDate),
    resource_arn: record.stateMachineArn,
    aws: { execution_arn: record.executionArn, status: record.status },
    ...(record.status === 'SUCCEEDED' ? {} : { fault: true }),
    subsegments: nested(record, segmentId),
  };
}

type Draft = Subsegment & { readonly subsegments: Draft[] };

/** States of branches under the visit that runs their branch: the latest one to the Map or Parallel of their path. */
function nested({ transitions, stopDate }: ExecutionRecord, segmentId: string): Draft[] {
  const top: Draft[] = [];
  const visits = new Map<string, Draft>();
  for (const [index, transition] of transitions.entries()) {
    const draft = draftOf(transition, idOf(segmentId, index), stopDate);
    const outer = visits.get(transition.path.replace(/\[\d+\]\/$/, ''));
    (outer?.subsegments ?? top).push(draft);
    if (transition.type === 'Map' || transition.type === 'Parallel') {
      visits.set(transition.path + transition.name, draft);
    }
  }
  return top;
}

/** Unique within the trace, for nothing but the document itself refers to it. */
function idOf(segmentId: string, index: number): string {
  return segmentId.slice(0, 10) + (index + 1).toString(16).padStart(6, '0');
}

function draftOf(transition: Transition, id: string, stopDate: number): Draft {
  const { name, type, entered, exited, error, retries, path, calls = [] } = transition;
  return {
    id,
    name,
    start_time: seconds(entered),
    end_time: seconds(exited ?? stopDate),
    ...(error === undefined ? {} : { error: true, cause: { exceptions: [{ type: error }] } }),
    metadata: { states: { type, ...(path === '' ? {} : { path }), ...(retries ? { retries } : {}) } },
    subsegments: calls.map((call) => callOf(call, stopDate)),
  };
}

function callOf(
  { id, service, action, target, started, ended, error, status }: ServiceCall,
  stop: number,
): Draft {
  return {
    id,
    name: SERVICES[service] ?? service,
    namespace: 'aws',
    start_time: seconds(started),
    end_time: seconds(ended ?? stop),
    http: { response: { status: status ?? (error === undefined ? 200 : 500) } },
    aws: { operation: action, ...(target === undefined ? {} : { [MEMBERS[service] ?? 'resource']: target }) },
    ...(error === undefined ? {} : { ...flag(status), cause: { exceptions: [{ type: error }] } }),
    subsegments: [],
  };
}

/** How X-Ray spells what a call is about. */
const MEMBERS: Readonly<Record<string, string>> = {
  dynamodb: 'table_name',
  events: 'event_bus',
  lambda: 'function_name',
  sqs: 'queue_url',
};

function flag(status: number | undefined): { error: true; throttle?: true } | { fault: true } {
  if (status === undefined || status >= 500) return { fault: true };
  return status === 429 ? { error: true, throttle: true } : { error: true };
}
