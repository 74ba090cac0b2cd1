import { AwsError, type JsonObject } from '../../core/service';
import { headerOf, newSegmentId } from '../../traces/header';
import { now } from '../../traces/segment';
import type { ServiceCall, Transition } from '../execution-record';
import type { Caller, Invoke } from '../tasks/integrations';
import type { Execution } from './execution';

/** The calls noted of one state: a task that is retried makes several. */
const CALLS_KEPT = 50;

/**
 * The caller of one visit to a state: notes each call with the state's transition and makes the call's subsegment the
 * parent of what it starts. What the record has no room for has the execution's segment as parent.
 */
export function callerOf({ caller, trace }: Execution, transition: Transition, kept: boolean): Caller {
  const invoke: Invoke = async (service, action, input, context) => {
    const calls = transition.calls ?? [];
    const noted = kept && calls.length < CALLS_KEPT;
    const call: ServiceCall = { id: newSegmentId(), service, action, ...targetOf(input), started: now() };
    if (noted) {
      calls.push(call);
      transition.calls = calls;
    }
    const traced = trace
      ? { traceHeader: headerOf(trace.context, noted ? call.id : trace.segmentId) }
      : context;
    try {
      return await caller.invoke(service, action, input, traced);
    } catch (error) {
      call.error = error instanceof AwsError ? error.code : 'Unknown';
      if (error instanceof AwsError) call.status = error.status;
      throw error;
    } finally {
      call.ended = now();
    }
  };
  return { ...caller, invoke };
}

/** What the call is about, as the service's input names it. */
function targetOf(input: JsonObject): { target?: string } {
  const [entry] = Array.isArray(input.Entries) ? (input.Entries as JsonObject[]) : [];
  const target = input.TableName ?? input.FunctionName ?? input.QueueUrl ?? entry?.EventBusName;
  return typeof target === 'string' ? { target } : {};
}
