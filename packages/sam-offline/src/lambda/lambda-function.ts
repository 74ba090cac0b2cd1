import { randomUUID } from 'node:crypto';
import type { OpenMetric } from '../core/metrics';
import type { InvokeResult, StreamChunk } from '../core/service';
import type { SocketAddress } from '../faults/frozen-sockets';
import { preciseNow, type RecordSegment } from '../traces/segment';
import type { Acceptance, Concurrency } from './account-concurrency';
import { EnvironmentPool } from './environment-pool';
import { type EnvironmentEvents, ExecutionEnvironment, type Outcome } from './execution-environment';
import { FunctionMetrics } from './function-metrics';
import type { FunctionModel } from './model';
import { RequestTrace } from './request-trace';
import type { ErrorPayload, WorkerSetup } from './worker/messages';

export interface LogEntry {
  readonly functionName: string;
  /** The ID of the request. Empty for lines outside of invocations, for example during initialization. */
  readonly requestId: string;
  readonly stream: 'stdout' | 'stderr' | 'platform';
  readonly line: string;
}

/** A run of a handler. */
export interface FunctionRun {
  readonly requestId: string;
  /** The end time in epoch milliseconds. */
  readonly time: number;
  readonly millis: number;
  /** The duration of the initialization. Set only for cold starts. */
  readonly initMillis?: number;
  /** Set only for failed runs. */
  readonly errorType?: string;
  /** Set only for sampled requests. */
  readonly traceId?: string;
}

/** A request to a function. An asynchronous request can have several attempts. */
export interface InvocationRequest {
  readonly requestId: string;
  readonly isSynchronous: boolean;
  readonly trace: RequestTrace;
  /** Receives the parts of a streamed response. Without this callback, the parts become the result. */
  readonly onChunk?: (chunk: StreamChunk) => void;
}

/** Lambda's limit for responses: 6 MiB plus 100 bytes. */
const MAX_RESPONSE_BYTES = 6_291_556;

/** The weight of the latest run in the average duration of a function. */
const LATEST_RUN_WEIGHT = 0.1;

/**
 * Lambda's time limit for initialization. If it is exceeded, Lambda repeats the initialization in the first invocation, with
 * the function's timeout.
 */
const INIT_SECONDS = 10;

/** A function, its execution environments, and its platform logs. */
export class LambdaFunction {
  private readonly pool: EnvironmentPool;
  private readonly metrics: FunctionMetrics;
  /** The average duration of the handler in milliseconds. Recent runs have a higher weight. */
  private usualMillis: number | undefined;
  private readonly runningTraces = new Set<RequestTrace>();

  constructor(
    readonly model: FunctionModel,
    private readonly options: {
      readonly concurrency: Concurrency;
      /** The maximum number of threads. AWS has no such limit. */
      readonly threadLimit: number;
      readonly startLimit: number;
      /** Returns the current code and environment variables. Called when an execution environment starts. */
      readonly code: () => {
        workerFile: string;
      } & Omit<WorkerSetup, 'handler' | 'functionArn' | 'memoryMb' | 'runtime' | 'thawed'>;
      readonly log: (entry: LogEntry) => void;
      /** Called when an execution environment is frozen, with its open TCP connections. */
      readonly onFreeze: (openSockets: readonly SocketAddress[]) => void;
      /** Records Lambda's trace segments. */
      readonly segments?: RecordSegment;
      readonly openMetric: OpenMetric;
      readonly onThrottle: () => void;
      readonly onRun: (run: FunctionRun) => void;
    },
  ) {
    this.metrics = new FunctionMetrics(options.openMetric, model.name);
    this.pool = new EnvironmentPool({
      limit: options.threadLimit,
      startLimit: options.startLimit,
      readCpuMs: () => {
        const { user, system } = process.cpuUsage();
        return (user + system) / 1000;
      },
      create: (events) => this.createEnvironment(events),
      onFreeze: options.onFreeze,
      log: (requestId, stream, line) => this.log(requestId, stream, line),
    });
  }

  /** The trace of the running invocation. Undefined if no invocation or several invocations are running. */
  get runningTrace(): string | undefined {
    const [only] = this.runningTraces;
    return this.runningTraces.size === 1 ? only?.traceId : undefined;
  }

  /**
   * Runs the handler with an event as JSON. If the function fails, returns the error as the result.
   *
   * @throws AwsError TooManyRequestsException (429) if all concurrency is in use or the rate limit is exceeded
   */
  async invoke(event: string, request: InvocationRequest): Promise<InvokeResult> {
    const { requestId, isSynchronous, trace } = request;
    const acceptance = this.accept(isSynchronous);
    const result = new Promise<InvokeResult>((resolve) => {
      this.pool.submit({
        run: async (environment) => {
          acceptance.isRunning = true;
          resolve(toResult(await this.runOn(environment, event, request)));
        },
        initFailed: (error) => {
          const at = preciseNow();
          trace.startAttempt().end({ startedAt: at, endedAt: at, failed: true });
          this.logPlatform(requestId, `START RequestId: ${requestId} Version: $LATEST`);
          this.logPlatform(requestId, `END RequestId: ${requestId}`);
          this.logPlatform(
            requestId,
            `REPORT RequestId: ${requestId}\tStatus: error\tError Type: ${error.errorType}`,
          );
          resolve(toResult({ error: withRequestId(error, requestId) }));
        },
      });
    });
    try {
      const { functionError } = await result;
      this.metrics.recordInvocation(functionError !== undefined);
      return result;
    } finally {
      this.options.concurrency.end(acceptance);
    }
  }

  /** Creates a request with a new ID and trace. */
  createRequest(traceHeader: string | undefined, kind: 'synchronous' | 'asynchronous'): InvocationRequest {
    const requestId = randomUUID();
    return {
      requestId,
      isSynchronous: kind === 'synchronous',
      trace: new RequestTrace(this.model, traceHeader, requestId, kind, this.options.segments),
    };
  }

  /** Starts an execution environment if there is none. Resolves when the environment is ready or has failed. */
  warm(): Promise<void> {
    return this.pool.warm();
  }

  /** Whether an execution environment is running or starting. */
  get hasEnvironments(): boolean {
    return this.pool.hasEnvironments;
  }

  replace(): Promise<void> {
    return this.pool.replace();
  }

  close(): Promise<void> {
    return this.pool.close();
  }

  private async runOn(
    environment: ExecutionEnvironment,
    event: string,
    { requestId, trace, onChunk }: InvocationRequest,
  ): Promise<Outcome> {
    const timeoutMillis = this.model.timeoutSeconds * 1000;
    const { init } = environment;
    environment.init = undefined;
    const attempt = trace.startAttempt();
    this.logPlatform(requestId, `START RequestId: ${requestId} Version: $LATEST`);
    const startedAt = preciseNow();
    this.runningTraces.add(trace);
    const outcome = await environment.run(
      {
        requestId,
        event,
        deadline: Date.now() + timeoutMillis,
        traceHeader: attempt.header,
      },
      timeoutMillis,
      onChunk,
    );
    this.runningTraces.delete(trace);
    const endedAt = preciseNow();
    const millis = endedAt - startedAt;
    this.metrics.recordDuration(millis);
    this.usualMillis = (this.usualMillis ?? millis) * (1 - LATEST_RUN_WEIGHT) + millis * LATEST_RUN_WEIGHT;
    attempt.end({ startedAt, endedAt, failed: 'error' in outcome, ...(init ? { init } : {}) });
    if ('error' in outcome && outcome.report) this.logPlatform(requestId, outcome.error.errorMessage);
    this.logPlatform(requestId, `END RequestId: ${requestId}`);
    const initMillis = init && init.endedAt - init.startedAt;
    this.options.onRun({
      ...{ requestId, time: endedAt, millis },
      ...(initMillis === undefined ? {} : { initMillis }),
      ...('error' in outcome ? { errorType: outcome.error.errorType } : {}),
      ...(attempt.segmentId === undefined ? {} : { traceId: trace.traceId }),
    });
    this.logPlatform(
      requestId,
      this.formatReport(requestId, millis, initMillis, outcome) + formatTrace(trace, attempt),
    );
    return outcome;
  }

  /** Formats the REPORT line. Since August 2025, Lambda bills the initialization. */
  private formatReport(id: string, millis: number, initMillis: number | undefined, outcome: Outcome): string {
    const fields = [
      `REPORT RequestId: ${id}`,
      `Duration: ${millis.toFixed(2)} ms`,
      `Billed Duration: ${Math.ceil(millis + (initMillis ?? 0))} ms`,
      `Memory Size: ${this.model.memoryMb} MB`,
    ];
    if (initMillis !== undefined) fields.push(`Init Duration: ${initMillis.toFixed(2)} ms`);
    if ('error' in outcome && outcome.report) {
      fields.push(`Status: ${outcome.report}`);
      if (outcome.report === 'error') fields.push(`Error Type: ${outcome.error.errorType}`);
    }
    return fields.join('\t');
  }

  private createEnvironment(events: EnvironmentEvents): ExecutionEnvironment {
    const { model } = this;
    const { workerFile, ...code } = this.options.code();
    return new ExecutionEnvironment(
      {
        workerFile,
        setup: {
          ...code,
          handler: model.handler,
          functionArn: model.arn,
          runtime: model.runtime,
          memoryMb: model.memoryMb,
        },
        initTimeoutMillis: Math.max(INIT_SECONDS, model.timeoutSeconds) * 1000,
      },
      events,
    );
  }

  /** Throws TooManyRequestsException (429) if all concurrency is in use or the rate limit is exceeded. */
  private accept(isSynchronous: boolean): Acceptance {
    try {
      return this.options.concurrency.accept(() => this.usualMillis, isSynchronous);
    } catch (error) {
      this.metrics.recordThrottle();
      this.options.onThrottle();
      throw error;
    }
  }

  private logPlatform(requestId: string, line: string): void {
    this.log(requestId, 'platform', line);
  }

  private log(requestId: string, stream: LogEntry['stream'], line: string): void {
    this.options.log({ functionName: this.model.name, requestId, stream, line });
  }
}

/** Formats the trace fields of a REPORT line. Returns an empty string for invocations that are not sampled. */
function formatTrace({ traceId }: RequestTrace, { segmentId }: { segmentId?: string }): string {
  return segmentId === undefined ? '' : `\tXRAY TraceId: ${traceId}\tSegmentId: ${segmentId}\tSampled: true`;
}

function toResult(outcome: Outcome): InvokeResult {
  if ('error' in outcome) return { payload: outcome.error, functionError: 'Unhandled' };
  if (Buffer.byteLength(outcome.body) <= MAX_RESPONSE_BYTES) return { payload: JSON.parse(outcome.body) };
  return {
    payload: {
      errorType: 'Function.ResponseSizeTooLarge',
      errorMessage: `Response payload size exceeded maximum allowed payload size (${MAX_RESPONSE_BYTES} bytes).`,
    },
    functionError: 'Unhandled',
  };
}

/** Adds the request ID of the waiting invocation to an initialization error, because this invocation reports the error. */
function withRequestId(error: ErrorPayload, requestId: string): ErrorPayload {
  const { errorType, errorMessage } = error;
  if (errorType === 'Sandbox.Timedout') {
    return { errorType, errorMessage: `RequestId: ${requestId} Error: ${errorMessage}` };
  }
  if (errorType !== 'Runtime.ExitError') return error;
  return { errorType, errorMessage: errorMessage.replace(/^RequestId: /, `RequestId: ${requestId}`) };
}
