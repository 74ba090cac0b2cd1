import type { CallContext } from '../core/service';
import { createSegmentId, formatTraceHeader, parseTraceHeader } from '../traces/header';
import { preciseNow, type RecordSegment, toEpochSeconds } from '../traces/segment';

/** The result of a delivery. */
export interface DeliveryReport {
  readonly retries: number;
  /** EventBridge's error code for the last error. Absent if the delivery succeeded. */
  readonly error?: string;
  /** Whether the delivery failed and the dead-letter queue did not accept the event. */
  readonly isLost?: boolean;
}

/**
 * Creates the `Events` segment of a delivery if the PutEvents request was sampled. The segment becomes the parent of
 * the target's segment.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-related-service-xray.html
 *
 * @returns the context for the target's call, and a function that records the segment when the delivery ends.
 */
export function startDeliverySegment(
  context: CallContext,
  delivery: {
    readonly busName: string;
    readonly ruleArn: string;
    readonly targetArn: string;
    readonly eventId: string;
  },
  recordSegment: RecordSegment | undefined,
): { readonly context: CallContext; readonly recordEnd: (report: DeliveryReport) => void } {
  const trace = parseTraceHeader(context.traceHeader);
  if (!trace?.sampled || !recordSegment) return { context, recordEnd: () => undefined };
  const id = createSegmentId();
  const acceptedAt = preciseNow();
  const recordEnd = ({ retries, error }: DeliveryReport) =>
    recordSegment({
      trace_id: trace.root,
      id,
      ...(trace.parent === undefined ? {} : { parent_id: trace.parent }),
      name: 'Events',
      origin: 'AWS::Events',
      start_time: toEpochSeconds(acceptedAt),
      end_time: toEpochSeconds(preciseNow()),
      resource_arn: delivery.ruleArn,
      aws: {
        event_bus: delivery.busName,
        event_id: delivery.eventId,
        rule_arn: delivery.ruleArn,
        target_arn: delivery.targetArn,
        retries,
      },
      ...(error === undefined ? {} : { fault: true, cause: { exceptions: [{ type: error }] } }),
    });
  return { context: { traceHeader: formatTraceHeader(trace, id) }, recordEnd };
}
