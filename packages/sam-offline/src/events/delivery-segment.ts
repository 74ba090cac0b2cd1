import type { CallContext } from '../core/service';
import { createSegmentId, formatTraceHeader, parseTraceHeader } from '../traces/header';
import { preciseNow, type RecordSegment, toEpochSeconds } from '../traces/segment';

/** What is told of one delivery once it is over. */
export interface DeliveryReport {
  readonly retries: number;
  /** EventBridge's code of the last error, if the target did not take the event. */
  readonly error?: string;
}

/**
 * The segment of an event's way from the bus to one target of a rule: EventBridge tells one named `Events` where the
 * request that put the event carried a header that says so, and becomes the target's parent.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-related-service-xray.html
 *
 * @returns the context for the target's call, and what is to be called when the delivery is over.
 */
export function traceDelivery(
  context: CallContext,
  facts: {
    readonly busName: string;
    readonly ruleArn: string;
    readonly targetArn: string;
    readonly id: string;
  },
  record: RecordSegment | undefined,
): { readonly context: CallContext; readonly ended: (report: DeliveryReport) => void } {
  const trace = parseTraceHeader(context.traceHeader);
  if (!trace?.sampled || !record) return { context, ended: () => undefined };
  const id = createSegmentId();
  const acceptedAt = preciseNow();
  const ended = ({ retries, error }: DeliveryReport) =>
    record({
      trace_id: trace.root,
      id,
      ...(trace.parent === undefined ? {} : { parent_id: trace.parent }),
      name: 'Events',
      origin: 'AWS::Events',
      start_time: toEpochSeconds(acceptedAt),
      end_time: toEpochSeconds(preciseNow()),
      resource_arn: facts.ruleArn,
      aws: {
        event_bus: facts.busName,
        event_id: facts.id,
        rule_arn: facts.ruleArn,
        target_arn: facts.targetArn,
        retries,
      },
      ...(error === undefined ? {} : { fault: true, cause: { exceptions: [{ type: error }] } }),
    });
  return { context: { traceHeader: formatTraceHeader(trace, id) }, ended };
}
