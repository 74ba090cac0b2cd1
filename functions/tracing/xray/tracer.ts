import type { Tracer } from '../tracer';
import { createDaemonSender, type SendSubsegment } from './daemon';
import { type ClientStack, captureCalls, type RecordedCall } from './sdk-calls';
import { addError, openSubsegment, type Subsegment } from './subsegment';
import { parseTraceHeader, type TraceHeader } from './trace-header';

/** The subsegment that work runs in, and its trace. */
interface Current {
  readonly trace: TraceHeader;
  readonly subsegment: Subsegment;
}

/**
 * Creates a tracer that writes X-Ray's documents itself: one for each sampled invocation, with all its subsegments.
 * Invocations that are not sampled cost nothing.
 *
 * Lambda runs one invocation at a time in an environment, so a variable contains the current subsegment. Subsegments that
 * run concurrently must not contain others.
 *
 * @param send default: sends to Lambda's daemon
 */
export function createTracer(
  isEnabled = process.env.POWERTOOLS_TRACE_ENABLED === 'true',
  send: SendSubsegment = createSender(isEnabled),
): Tracer {
  let current: Current | undefined;

  /** Adds a finished subsegment to its parent. Sends it if the function's segment is the parent, or the parent was sent. */
  function close(subsegment: Subsegment, trace: TraceHeader, parent: Subsegment | undefined): void {
    subsegment.end_time = Date.now() / 1000;
    if (!parent || parent.end_time !== undefined) {
      send(subsegment, trace.root, parent?.id ?? trace.parent);
      return;
    }
    parent.subsegments ??= [];
    parent.subsegments.push(subsegment);
  }

  function openCall(service: string): RecordedCall | undefined {
    if (!current) return undefined;
    const { trace, subsegment: parent } = current;
    const subsegment = openSubsegment(service);
    const header = trace.format(subsegment.id);
    return { subsegment, header, close: () => close(subsegment, trace, parent) };
  }

  return {
    isEnabled: () => isEnabled,
    captureClient(client) {
      if (isEnabled) captureCalls(client as unknown as ClientStack, openCall);
      return client;
    },
    async runInSubsegment(name, work) {
      const parent = current;
      const trace = parent?.trace ?? (isEnabled ? parseTraceHeader(process.env._X_AMZN_TRACE_ID) : undefined);
      if (!trace?.isSampled) return work();
      const subsegment = openSubsegment(name);
      current = { trace, subsegment };
      try {
        return await work();
      } catch (error) {
        addError(subsegment, error as Error);
        throw error;
      } finally {
        current = parent;
        close(subsegment, trace, parent?.subsegment);
      }
    },
    annotate(key, value) {
      if (!current) return;
      current.subsegment.annotations ??= {};
      current.subsegment.annotations[key] = value;
    },
    addError(error) {
      if (current) addError(current.subsegment, error);
    },
  };
}

function createSender(isEnabled: boolean): SendSubsegment {
  const { AWS_XRAY_DAEMON_ADDRESS: address } = process.env;
  return isEnabled && address !== undefined ? createDaemonSender(address) : () => undefined;
}
