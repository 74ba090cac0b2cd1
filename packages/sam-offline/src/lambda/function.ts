import { randomUUID } from 'node:crypto';
import type { FunctionModel } from '../core/model';
import { AwsError } from '../core/service';
import { preciseNow, type RecordSegment } from '../traces/segment';
import { Pool } from './pool';
import type { ErrorPayload } from './protocol';
import { type Outcome, Sandbox, type SandboxEvents } from './sandbox';
import { RequestTrace } from './trace';

export interface LogEntry {
  readonly functionName: string;
  /** Empty for what is written while no invocation runs: when the module loads, for example. */
  readonly requestId: string;
  readonly stream: 'stdout' | 'stderr' | 'platform';
  readonly line: string;
}

/** What an invocation yields: the handler's result, or Lambda's error object with the kind of error. */
export interface InvokeResult {
  readonly payload: unknown;
  readonly functionError?: 'Handled' | 'Unhandled';
}

/** One request to a function: an asynchronous one may take several attempts. */
export interface InvocationRequest {
  readonly requestId: string;
  readonly trace: RequestTrace;
}

/** An event that was to run before a certain time and did not get its turn until then. */
export class EventExpiredError extends Error {
  override readonly name = 'EventExpiredError';
}

/** The response limit as Lambda enforces it: 6 MiB and 100 bytes. */
const maxResponseBytes = 6_291_556;

/** Lambda gives initialisation 10 s, and then once more, within the first invocation, the function's timeout. */
const initSeconds = 10;

/** One function: its pool of execution environments and what is logged of each invocation. */
export class LambdaFunction {
  private readonly pool: Pool;
  /** Invocations that run or wait. */
  private underWay = 0;

  constructor(
    readonly model: FunctionModel,
    private readonly options: {
      readonly limit: number;
      readonly startLimit: number;
      /** Where the code is now and with what environment; asked each time a sandbox starts. */
      readonly code: () => {
        file: string;
        workerFile: string;
        exportName: string;
        env: Record<string, string>;
      };
      readonly log: (entry: LogEntry) => void;
      /** Where Lambda's own segments go. */
      readonly segments?: RecordSegment;
    },
  ) {
    this.pool = new Pool({
      limit: options.limit,
      startLimit: options.startLimit,
      create: (events) => this.createSandbox(events),
      log: (requestId, stream, line) => this.log(requestId, stream, line),
    });
  }

  /**
   * Runs the handler with an event given as JSON. Never rejects for what the function does; throws
   * TooManyRequestsException (429) where the template reserves no concurrency at all, and EventExpiredError if
   * its turn comes at `expiresAt` (epoch milliseconds) or later.
   */
  async invoke(
    event: string,
    { requestId, trace }: InvocationRequest,
    expiresAt = Number.POSITIVE_INFINITY,
  ): Promise<InvokeResult> {
    if (this.options.limit === 0) throw tooManyRequests();
    this.underWay += 1;
    const result = new Promise<InvokeResult>((resolve, reject) => {
      this.pool.submit({
        run: async (sandbox) => {
          if (Date.now() >= expiresAt) reject(new EventExpiredError('the event is too old'));
          else resolve(resultOf(await this.runOn(sandbox, requestId, event, trace)));
        },
        initFailed: (error) => {
          const at = preciseNow();
          trace.attempt().ended({ startedAt: at, endedAt: at, failed: true });
          this.platform(requestId, `START RequestId: ${requestId} Version: $LATEST`);
          this.platform(requestId, `END RequestId: ${requestId}`);
          this.platform(
            requestId,
            `REPORT RequestId: ${requestId}\tStatus: error\tError Type: ${error.errorType}`,
          );
          resolve(resultOf({ error: withRequestId(error, requestId) }));
        },
      });
    });
    return result.finally(() => {
      this.underWay -= 1;
    });
  }

  /** A request to this function, with an id and a trace of its own. */
  request(traceHeader: string | undefined, kind: 'synchronous' | 'asynchronous'): InvocationRequest {
    const requestId = randomUUID();
    return {
      requestId,
      trace: new RequestTrace(this.model, traceHeader, requestId, kind, this.options.segments),
    };
  }

  /** Throws TooManyRequestsException (429) where the template reserves concurrency and all of it is taken. */
  throttle(): void {
    const { reservedConcurrency } = this.model;
    if (reservedConcurrency !== undefined && this.underWay >= reservedConcurrency) throw tooManyRequests();
  }

  replace(): Promise<void> {
    return this.pool.replace();
  }

  close(): Promise<void> {
    return this.pool.close();
  }

  private async runOn(
    sandbox: Sandbox,
    requestId: string,
    event: string,
    trace: RequestTrace,
  ): Promise<Outcome> {
    const timeoutMillis = this.model.timeoutSeconds * 1000;
    const { init } = sandbox;
    sandbox.init = undefined;
    const attempt = trace.attempt();
    this.platform(requestId, `START RequestId: ${requestId} Version: $LATEST`);
    const startedAt = preciseNow();
    const outcome = await sandbox.run(
      {
        requestId,
        event,
        deadline: Date.now() + timeoutMillis,
        traceHeader: attempt.header,
      },
      timeoutMillis,
    );
    const endedAt = preciseNow();
    const millis = endedAt - startedAt;
    attempt.ended({ startedAt, endedAt, failed: 'error' in outcome, ...(init ? { init } : {}) });
    if ('error' in outcome && outcome.report) this.platform(requestId, outcome.error.errorMessage);
    this.platform(requestId, `END RequestId: ${requestId}`);
    const initMillis = init && init.endedAt - init.startedAt;
    this.platform(requestId, this.report(requestId, millis, initMillis, outcome) + tracedAs(trace, attempt));
    return outcome;
  }

  /** The REPORT line. Initialisation is billed since August 2025. */
  private report(id: string, millis: number, initMillis: number | undefined, outcome: Outcome): string {
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

  private createSandbox(events: SandboxEvents): Sandbox {
    const { model } = this;
    const { file, workerFile, exportName, env } = this.options.code();
    return new Sandbox(
      {
        workerFile,
        setup: {
          file,
          exportName,
          handler: model.handler,
          functionArn: model.arn,
          runtime: model.runtime,
          env,
        },
        memoryMb: model.memoryMb,
        initTimeoutMillis: Math.max(initSeconds, model.timeoutSeconds) * 1000,
      },
      events,
    );
  }

  private platform(requestId: string, line: string): void {
    this.log(requestId, 'platform', line);
  }

  private log(requestId: string, stream: LogEntry['stream'], line: string): void {
    this.options.log({ functionName: this.model.name, requestId, stream, line });
  }
}

/** What a REPORT line says of a sampled invocation. */
function tracedAs({ traceId }: RequestTrace, { segmentId }: { segmentId?: string }): string {
  return segmentId === undefined ? '' : `\tXRAY TraceId: ${traceId}\tSegmentId: ${segmentId}\tSampled: true`;
}

function tooManyRequests(): AwsError {
  const Reason = 'ReservedFunctionConcurrentInvocationLimitExceeded';
  return new AwsError('TooManyRequestsException', 'Rate Exceeded.', 429, { Reason, Type: 'User' });
}

function resultOf(outcome: Outcome): InvokeResult {
  if ('error' in outcome) return { payload: outcome.error, functionError: 'Unhandled' };
  if (Buffer.byteLength(outcome.body) <= maxResponseBytes) return { payload: JSON.parse(outcome.body) };
  return {
    payload: {
      errorType: 'Function.ResponseSizeTooLarge',
      errorMessage: `Response payload size exceeded maximum allowed payload size (${maxResponseBytes} bytes).`,
    },
    functionError: 'Unhandled',
  };
}

/** What ends an environment before it has an invocation is reported with the one that waited for it. */
function withRequestId(error: ErrorPayload, requestId: string): ErrorPayload {
  const { errorType, errorMessage } = error;
  if (errorType === 'Sandbox.Timedout') {
    return { errorType, errorMessage: `RequestId: ${requestId} Error: ${errorMessage}` };
  }
  if (errorType !== 'Runtime.ExitError') return error;
  return { errorType, errorMessage: errorMessage.replace(/^RequestId: /, `RequestId: ${requestId}`) };
}
