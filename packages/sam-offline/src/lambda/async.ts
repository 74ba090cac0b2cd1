import type { FunctionModel } from '../core/model';
import { AwsError, type CallContext } from '../core/service';
import { type Condition, failureRecord } from './failure-record';
import {
  EventExpiredError,
  type InvocationRequest,
  type InvokeResult,
  type LambdaFunction,
  type LogEntry,
} from './function';

export interface AsyncOptions {
  /** Milliseconds before each retry; the last one also holds for those after it. */
  readonly delays: readonly number[];
  /** Sends a failure record, as JSON, to a function's destination. */
  readonly deliver: (destinationArn: string, record: string, context: CallContext) => Promise<void>;
  readonly log: (entry: LogEntry) => void;
}

/** Lambda's own settings where the template states none: six hours and two retries. */
const defaults: NonNullable<FunctionModel['asyncInvoke']> = {
  maximumEventAgeSeconds: 21_600,
  maximumRetryAttempts: 2,
};

/** One event on its way, with what has become of it so far. */
interface AsyncEvent {
  readonly fn: LambdaFunction;
  readonly payload: string;
  readonly context: CallContext;
  readonly request: InvocationRequest;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
  attempts: number;
  /** What the last attempt yielded. */
  result?: InvokeResult;
}

/**
 * Asynchronous invocations: answered at once, run in the background, and run again with the same request id
 * when the function fails. An event that fails for the last time or becomes too old goes to the function's
 * on-failure destination as a record of the invocation, or is dropped where there is none.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
 */
export class AsyncInvoker {
  private readonly timers = new Set<NodeJS.Timeout>();
  private readonly deliveries = new Set<Promise<void>>();
  private closed = false;

  constructor(private readonly options: AsyncOptions) {}

  start(fn: LambdaFunction, payload: string, context: CallContext): void {
    const expiresAt = Date.now() + settingsOf(fn).maximumEventAgeSeconds * 1000;
    const request = fn.request(context.traceHeader, 'asynchronous');
    void this.attempt({ fn, payload, context, request, expiresAt, attempts: 0 });
  }

  /** Forgets what waits for a retry; resolves when the records under way have arrived. */
  async close(): Promise<void> {
    this.closed = true;
    for (const timer of this.timers) clearTimeout(timer);
    this.timers.clear();
    await Promise.all(this.deliveries);
  }

  private async attempt(event: AsyncEvent): Promise<void> {
    const discarded = await this.run(event);
    if (this.closed || (event.result && event.result.functionError === undefined)) return;
    const condition = discarded ?? this.retry(event);
    if (condition === undefined) return;
    const delivery = this.discard(event, condition).finally(() => this.deliveries.delete(delivery));
    this.deliveries.add(delivery);
  }

  /** Runs the function once. Answers why, if Lambda gives the event up without running it. */
  private async run(event: AsyncEvent): Promise<Condition | undefined> {
    const { fn, payload, request, expiresAt } = event;
    try {
      event.result = await fn.invoke(payload, request, expiresAt);
    } catch (error) {
      if (error instanceof EventExpiredError) return 'EventAgeExceeded';
      // Only a function that reserves no concurrency at all is throttled here; any other waits its turn.
      if (error instanceof AwsError && error.status === 429) return 'ZeroReservedConcurrency';
      event.result = undefined;
    }
    event.attempts += 1;
    return undefined;
  }

  /** Plans the next attempt. Answers why, if there is none; a retry that would come too late is not waited for. */
  private retry(event: AsyncEvent): Condition | undefined {
    const { delays } = this.options;
    if (event.attempts > settingsOf(event.fn).maximumRetryAttempts) return 'RetriesExhausted';
    const delay = delays[event.attempts - 1] ?? delays.at(-1) ?? 0;
    if (Date.now() + delay >= event.expiresAt) return 'EventAgeExceeded';
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      void this.attempt(event);
    }, delay);
    this.timers.add(timer);
    return undefined;
  }

  private async discard(event: AsyncEvent, condition: Condition): Promise<void> {
    const { onFailureArn } = settingsOf(event.fn);
    if (onFailureArn === undefined) {
      this.logDropped(event, condition);
      return;
    }
    const { fn, request, payload, attempts, result, context } = event;
    const record = failureRecord({
      functionArn: fn.model.arn,
      requestId: request.requestId,
      payload,
      condition,
      attempts,
      result,
    });
    try {
      await this.options.deliver(onFailureArn, record, context);
    } catch (error) {
      this.logDropped(event, `${condition}; ${onFailureArn} did not take its record: ${error}`);
    }
  }

  private logDropped({ fn, request, attempts }: AsyncEvent, why: string): void {
    const { requestId } = request;
    const line = `The asynchronous event of RequestId: ${requestId} ran ${attempts} times and is dropped: ${why}`;
    this.options.log({ functionName: fn.model.name, requestId, stream: 'platform', line });
  }
}

function settingsOf(fn: LambdaFunction): NonNullable<FunctionModel['asyncInvoke']> {
  return fn.model.asyncInvoke ?? defaults;
}
