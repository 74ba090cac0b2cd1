import type { FunctionModel } from '../core/model';
import {
  createSegmentId,
  createTraceId,
  formatTraceHeader,
  parseSamplingDecision,
  parseTraceHeader,
  type TraceContext,
} from '../traces/header';
import {
  preciseNow,
  type RecordSegment,
  type Segment,
  type Subsegment,
  toEpochSeconds,
} from '../traces/segment';

/** How one run of a handler went, in epoch milliseconds. */
export interface Run {
  readonly startedAt: number;
  readonly endedAt: number;
  /** Of the execution environment that was started for it. */
  readonly init?: { readonly startedAt: number; readonly endedAt: number };
  readonly failed: boolean;
}

/**
 * The trace of one request to Lambda. Lambda itself tells two segments: that of the service (`AWS::Lambda`), and for
 * each attempt to run the handler that of the function (`AWS::Lambda::Function`), within whose subsegment Invocation
 * the function's own subsegments lie.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html
 */
export class RequestTrace {
  private readonly context: TraceContext;
  private readonly id = createSegmentId();
  private readonly acceptedAt = preciseNow();
  private readonly attempts: Subsegment[] = [];

  /** With Active tracing a call that carries no decision is sampled; with PassThrough it is not. */
  constructor(
    private readonly model: FunctionModel,
    incoming: string | undefined,
    private readonly requestId: string,
    private readonly kind: 'synchronous' | 'asynchronous',
    private readonly record: RecordSegment = () => undefined,
  ) {
    const sampled = parseSamplingDecision(incoming) ?? model.tracing === 'Active';
    this.context = { root: createTraceId(), ...parseTraceHeader(incoming), sampled };
  }

  get traceId(): string {
    return this.context.root;
  }

  /** The value of `_X_AMZN_TRACE_ID` of the next attempt, and what is to be called when that attempt is over. */
  attempt(): { readonly header: string; readonly ended: (run: Run) => void; readonly segmentId?: string } {
    const { root, parent, sampled, lineage } = this.context;
    if (!sampled) {
      const kept = { root, sampled, ...(lineage === undefined ? {} : { lineage }) };
      return { header: formatTraceHeader(kept, parent ?? createSegmentId()), ended: () => undefined };
    }
    const [functionId, invocationId] = [createSegmentId(), createSegmentId()];
    const ended = (run: Run) => {
      const caller = this.kind === 'asynchronous' ? createSegmentId() : this.id;
      this.record(this.functionSegment(functionId, invocationId, caller, run));
      this.record(this.serviceSegment(caller, run));
    };
    return { header: formatTraceHeader(this.context, invocationId), ended, segmentId: functionId };
  }

  private functionSegment(id: string, invocationId: string, parent: string, run: Run): Segment {
    const { name, arn } = this.model;
    const start = toEpochSeconds(run.startedAt);
    const end = toEpochSeconds(run.endedAt);
    const told = { start_time: start, end_time: end, aws: { function_arn: arn } };
    const fault = run.failed ? { fault: true } : {};
    const init = run.init && {
      id: createSegmentId(),
      name: 'Initialization',
      start_time: toEpochSeconds(run.init.startedAt),
      end_time: toEpochSeconds(run.init.endedAt),
      aws: { function_arn: arn },
    };
    return {
      trace_id: this.traceId,
      id,
      parent_id: parent,
      name,
      origin: 'AWS::Lambda::Function',
      ...told,
      ...fault,
      subsegments: [...(init ? [init] : []), { id: invocationId, name: 'Invocation', ...told, ...fault }],
    };
  }

  /** Sent again after each attempt: X-Ray keeps the latest document of an id. */
  private serviceSegment(attemptId: string, { startedAt, endedAt, failed }: Run): Segment {
    const { name, arn } = this.model;
    const { parent, root } = this.context;
    const isAsync = this.kind === 'asynchronous';
    if (isAsync) this.noteAttempt(attemptId, startedAt, endedAt, failed);
    return {
      trace_id: root,
      id: this.id,
      ...(parent === undefined ? {} : { parent_id: parent }),
      name,
      origin: 'AWS::Lambda',
      start_time: toEpochSeconds(this.acceptedAt),
      end_time: toEpochSeconds(endedAt),
      http: { response: { status: isAsync ? 202 : 200 } },
      aws: { function_arn: arn, request_id: this.requestId },
      resource_arn: arn,
      ...(failed ? { fault: true } : {}),
      ...(isAsync ? { subsegments: [...this.attempts] } : {}),
    };
  }

  private noteAttempt(id: string, startedAt: number, endedAt: number, failed: boolean): void {
    if (this.attempts.length === 0) {
      const start = toEpochSeconds(this.acceptedAt);
      this.attempts.push({
        id: createSegmentId(),
        name: 'Dwell Time',
        start_time: start,
        end_time: toEpochSeconds(startedAt),
      });
    }
    const number = this.attempts.length;
    const times = { start_time: toEpochSeconds(startedAt), end_time: toEpochSeconds(endedAt) };
    this.attempts.push({ id, name: `Attempt #${number}`, ...times, ...(failed ? { fault: true } : {}) });
  }
}
