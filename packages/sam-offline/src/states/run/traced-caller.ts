import { AwsError, type JsonObject } from '../../core/service';
import { createSegmentId, formatTraceHeader } from '../../traces/header';
import { preciseNow } from '../../traces/segment';
import type { ServiceCall, Transition } from '../execution-record';
import type { Invoke, ServiceCaller } from '../tasks/task-runner';
import type { Execution } from './execution';

/** The number of calls that a transition stores. A retried task makes several. */
const MAX_CALLS = 50;

/**
 * Creates the caller for one visit to a state. It records each call in the transition and makes the call's subsegment
 * the parent of the called service's segment. Calls that are not recorded use the execution's segment as the parent.
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

/** Returns the table, function, queue or event bus that the input names. */
function findTarget(input: JsonObject): { target?: string } {
  const [entry] = Array.isArray(input.Entries) ? (input.Entries as JsonObject[]) : [];
  const target = input.TableName ?? input.FunctionName ?? input.QueueUrl ?? entry?.EventBusName;
  return typeof target === 'string' ? { target } : {};
}
