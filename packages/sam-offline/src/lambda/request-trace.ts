import { continueTrace, createSegmentId, formatTraceHeader, type TraceContext } from '../traces/header';
import {
  preciseNow,
  type RecordSegment,
  type Segment,
  type Subsegment,
  toEpochSeconds,
} from '../traces/segment';
import type { FunctionModel } from './model';

/** A run of a handler. Times are in epoch milliseconds. */
export interface HandlerRun {
  readonly startedAt: number;
  readonly endedAt: number;
  /** The initialization of the execution environment, if the environment started for this run. */
  readonly init?: { readonly startedAt: number; readonly endedAt: number };
  readonly failed: boolean;
}

/** An attempt to run the handler. */
export interface Attempt {
  /** The value of `_X_AMZN_TRACE_ID`. */
  readonly header: string;
  /** The ID of the function's segment, if the request is sampled. */
  readonly segmentId?: string;
  /** Records the end of the attempt. */
  readonly end: (run: HandlerRun) => void;
}

/**
 * The trace of a request to Lambda. Lambda records a segment for the service (`AWS::Lambda`) and a segment for each attempt to
 * run the function (`AWS::Lambda::Function`). Subsegments that the function creates are children of the subsegment Invocation.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html
 */
export class RequestTrace {
  private readonly context: TraceContext;
  private readonly id = createSegmentId();
  private readonly acceptedAt = preciseNow();
  private readonly attempts: Subsegment[] = [];

  /**
   * Creates a trace. If the trace header contains no sampling decision, the request is sampled with Active tracing, but not
   * with PassThrough.
   */
  constructor(
    private readonly model: FunctionModel,
    incoming: string | undefined,
    private readonly requestId: string,
    private readonly kind: 'synchronous' | 'asynchronous',
    private readonly record: RecordSegment = () => undefined,
  ) {
    this.context = continueTrace(incoming, model.tracing === 'Active');
  }

  get traceId(): string {
    return this.context.root;
  }

  /** Starts an attempt. */
  startAttempt(): Attempt {
    const { root, parent, sampled, lineage } = this.context;
    if (!sampled) {
      const unsampled = { root, sampled, ...(lineage === undefined ? {} : { lineage }) };
      return { header: formatTraceHeader(unsampled, parent ?? createSegmentId()), end: () => undefined };
    }
    const [functionId, invocationId] = [createSegmentId(), createSegmentId()];
    const end = (run: HandlerRun) => {
      const caller = this.kind === 'asynchronous' ? createSegmentId() : this.id;
      this.record(this.createFunctionSegment(functionId, invocationId, caller, run));
      this.record(this.createServiceSegment(caller, run));
    };
    return { header: formatTraceHeader(this.context, invocationId), end, segmentId: functionId };
  }

  private createFunctionSegment(id: string, invocationId: string, parent: string, run: HandlerRun): Segment {
    const { name, arn } = this.model;
    const start = toEpochSeconds(run.startedAt);
    const end = toEpochSeconds(run.endedAt);
    const common = { start_time: start, end_time: end, aws: { function_arn: arn } };
    const fault = run.failed ? { fault: true } : {};
    // Unlike X-Ray, omits an initialization that ended before the request, because the gap would make the other bars of the
    // timeline too small.
    const init = run.init &&
      run.init.endedAt > this.acceptedAt && {
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
      ...common,
      ...fault,
      subsegments: [...(init ? [init] : []), { id: invocationId, name: 'Invocation', ...common, ...fault }],
    };
  }

  /**
   * Creates the segment of the service. It is recorded after each attempt, because X-Ray replaces a segment with the latest
   * document that has the same ID.
   */
  private createServiceSegment(attemptId: string, { startedAt, endedAt, failed }: HandlerRun): Segment {
    const { name, arn } = this.model;
    const { parent, root } = this.context;
    const isAsync = this.kind === 'asynchronous';
    if (isAsync) this.addAttempt(attemptId, startedAt, endedAt, failed);
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

  private addAttempt(id: string, startedAt: number, endedAt: number, failed: boolean): void {
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
