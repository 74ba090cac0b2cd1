import { AwsError, type JsonObject } from '../../core/service';
import { createSegmentId, formatTraceHeader } from '../../traces/header';
import { preciseNow } from '../../traces/segment';
import type { ServiceCall, Transition } from '../execution-record';
import type { Invoke, ServiceCaller } from '../tasks/task-runner';
import type { Execution } from './execution';

/** The maximum number of calls that a transition stores. Retried tasks make several calls. */
const MAX_CALLS = 50;

/**
 * Creates the caller for a visit to a state. The caller records each call in the transition. The subsegment of the call is the
 * parent of the called service's segment. For calls that are not recorded, the execution's segment is the parent.
 */
export function createTracedCaller(
  { caller, trace }: Execution,
  transition: Transition,
  isRecorded: boolean,
): ServiceCaller {
  const invoke: Invoke = async (service, action, input, context) => {
    const calls = transition.calls ?? [];
    const hasRoom = isRecorded && calls.length < MAX_CALLS;
    const call: ServiceCall = {
      id: createSegmentId(),
      service,
      action,
      ...findTarget(input),
      started: preciseNow(),
    };
    if (hasRoom) {
      calls.push(call);
      transition.calls = calls;
    }
    const callContext = trace
      ? { traceHeader: formatTraceHeader(trace.context, hasRoom ? call.id : trace.segmentId) }
      : context;
    try {
      return await caller.invoke(service, action, input, callContext);
    } catch (error) {
      call.error = error instanceof AwsError ? error.code : 'Unknown';
      if (error instanceof AwsError) call.status = error.status;
      throw error;
    } finally {
      call.ended = preciseNow();
    }
  };
  return { ...caller, invoke };
}

/** Returns the table, function, queue or event bus in the input. */
function findTarget(input: JsonObject): { target?: string } {
  const [entry] = Array.isArray(input.Entries) ? (input.Entries as JsonObject[]) : [];
  const target = input.TableName ?? input.FunctionName ?? input.QueueUrl ?? entry?.EventBusName;
  return typeof target === 'string' ? { target } : {};
}
