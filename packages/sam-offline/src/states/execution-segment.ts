import { classifyStatus, type Segment, type Subsegment, toEpochSeconds } from '../traces/segment';
import type { ExecutionRecord, ServiceCall, Transition } from './execution-record';

/** The service names that Step Functions uses in X-Ray. */
const SERVICE_NAMES: Readonly<Record<string, string>> = {
  dynamodb: 'DynamoDB',
  events: 'EventBridge',
  lambda: 'Lambda',
  sqs: 'SQS',
};

/** The X-Ray fields that contain the target of a call. */
const TARGET_FIELDS: Readonly<Record<string, string>> = {
  dynamodb: 'table_name',
  events: 'event_bus',
  lambda: 'function_name',
  sqs: 'queue_url',
};

/**
 * Creates the segment that Step Functions sends for a traced execution. Each visit to a state is a subsegment, which contains
 * the subsegments of nested branches and AWS service calls.
 */
export function createExecutionSegment(record: ExecutionRecord): Segment | undefined {
  if (!record.trace) return undefined;
  const { traceId, segmentId, parentId } = record.trace;
  return {
    trace_id: traceId,
    id: segmentId,
    ...(parentId === undefined ? {} : { parent_id: parentId }),
    name: record.stateMachineName,
    origin: 'AWS::StepFunctions::StateMachine',
    start_time: toEpochSeconds(record.startDate),
    end_time: toEpochSeconds(record.stopDate),
    resource_arn: record.stateMachineArn,
    aws: { execution_arn: record.executionArn, status: record.status },
    ...(record.status === 'SUCCEEDED' ? {} : { fault: true }),
    subsegments: createStateSubsegments(record, segmentId),
  };
}

type Draft = Subsegment & { readonly subsegments: Draft[] };

/** Nests the states of a branch below the latest visit to the Map or Parallel state that runs the branch. */
function createStateSubsegments({ transitions, stopDate }: ExecutionRecord, segmentId: string): Draft[] {
  const top: Draft[] = [];
  const visits = new Map<string, Draft>();
  for (const [index, transition] of transitions.entries()) {
    const draft = createStateSubsegment(transition, createSubsegmentId(segmentId, index), stopDate);
    const outer = visits.get(transition.path.replace(/\[\d+\]\/$/, ''));
    (outer?.subsegments ?? top).push(draft);
    if (transition.type === 'Map' || transition.type === 'Parallel') {
      visits.set(transition.path + transition.name, draft);
    }
  }
  return top;
}

function createSubsegmentId(segmentId: string, index: number): string {
  return segmentId.slice(0, 10) + (index + 1).toString(16).padStart(6, '0');
}

function createStateSubsegment(transition: Transition, id: string, stopDate: number): Draft {
  const { name, type, entered, exited, error, retries, path, calls = [] } = transition;
  return {
    id,
    name,
    start_time: toEpochSeconds(entered),
    end_time: toEpochSeconds(exited ?? stopDate),
    ...(error === undefined ? {} : { error: true, cause: { exceptions: [{ type: error }] } }),
    metadata: { states: { type, ...(path === '' ? {} : { path }), ...(retries ? { retries } : {}) } },
    subsegments: calls.map((call) => createCallSubsegment(call, stopDate)),
  };
}

function createCallSubsegment(call: ServiceCall, stopDate: number): Draft {
  const { id, service, action, target, started, ended, error } = call;
  const status = call.status ?? (error === undefined ? 200 : 500);
  const targetField = TARGET_FIELDS[service] ?? 'resource';
  return {
    id,
    name: SERVICE_NAMES[service] ?? service,
    namespace: 'aws',
    start_time: toEpochSeconds(started),
    end_time: toEpochSeconds(ended ?? stopDate),
    http: { response: { status } },
    aws: { operation: action, ...(target === undefined ? {} : { [targetField]: target }) },
    ...classifyStatus(status),
    ...(error === undefined ? {} : { cause: { exceptions: [{ type: error }] } }),
    subsegments: [],
  };
}
