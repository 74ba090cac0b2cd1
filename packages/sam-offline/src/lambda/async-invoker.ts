import type { FunctionModel } from '../core/model';
import { AwsError, type CallContext, type InvokeResult } from '../core/service';
import { createFailureRecord, type FailureCondition } from './failure-record';
import {
  EventExpiredError,
  type InvocationRequest,
  type LambdaFunction,
  type LogEntry,
} from './lambda-function';

export interface AsyncInvokerOptions {
  /** Milliseconds before each retry. The last value applies to all further retries. */
  readonly retryDelays: readonly number[];
  /** Sends a failure record, as JSON, to the destination of a function. */
  readonly deliver: (destinationArn: string, record: string, context: CallContext) => Promise<void>;
  readonly log: (entry: LogEntry) => void;
}

/** Lambda's defaults: six hours and two retries. */
const DEFAULT_CONFIG: NonNullable<FunctionModel['asyncInvoke']> = {
  maximumEventAgeSeconds: 21_600,
  maximumRetryAttempts: 2,
};

/** An asynchronous event and its attempts so far. */
interface AsyncEvent {
  readonly fn: LambdaFunction;
  readonly payload: string;
  readonly context: CallContext;
  readonly request: InvocationRequest;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
  attempts: number;
  /** The result of the last attempt. */
  result?: InvokeResult;
}

/**
 * Runs asynchronous invocations in the background and retries failed ones with the same request ID. An event that fails
 * after all retries or expires is sent to the function's on-failure destination, or dropped if there is none.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
 */
export class AsyncInvoker {
  private readonly timers = new Set<NodeJS.Timeout>();
  private readonly deliveries = new Set<Promise<void>>();
  private isClosed = false;

  constructor(private readonly options: AsyncInvokerOptions) {}

  start(fn: LambdaFunction, payload: string, context: CallContext): void {
    const expiresAt = Date.now() + asyncConfig(fn).maximumEventAgeSeconds * 1000;
    const request = fn.createRequest(context.traceHeader, 'asynchronous');
    void this.attempt({ fn, payload, context, request, expiresAt, attempts: 0 });
  }

  /** Cancels pending retries. Resolves when running deliveries have ended. */
  async close(): Promise<void> {
    this.isClosed = true;
    for (const timer of this.timers) clearTimeout(timer);
    this.timers.clear();
    await Promise.all(this.deliveries);
  }

  private async attempt(event: AsyncEvent): Promise<void> {
    const discardCondition = await this.run(event);
    if (this.isClosed || (event.result && event.result.functionError === undefined)) return;
    const condition = discardCondition ?? this.scheduleRetry(event);
    if (condition === undefined) return;
    const delivery = this.discard(event, condition).finally(() => this.deliveries.delete(delivery));
    this.deliveries.add(delivery);
  }

  /** Runs the function once. Returns a condition if Lambda discards the event without running the function. */
  private async run(event: AsyncEvent): Promise<FailureCondition | undefined> {
    const { fn, payload, request, expiresAt } = event;
    try {
      event.result = await fn.invoke(payload, request, expiresAt);
    } catch (error) {
      if (error instanceof EventExpiredError) return 'EventAgeExceeded';
      // Asynchronous events wait for capacity, so only a function with a reserved concurrency of 0 is throttled.
      if (error instanceof AwsError && error.status === 429) return 'ZeroReservedConcurrency';
      event.result = undefined;
    }
    event.attempts += 1;
    return undefined;
  }

  /** Schedules the next attempt. Returns a condition if no retries are left or the event would expire first. */
  private scheduleRetry(event: AsyncEvent): FailureCondition | undefined {
    const { retryDelays } = this.options;
    if (event.attempts > asyncConfig(event.fn).maximumRetryAttempts) return 'RetriesExhausted';
    const delay = retryDelays[event.attempts - 1] ?? retryDelays.at(-1) ?? 0;
    if (Date.now() + delay >= event.expiresAt) return 'EventAgeExceeded';
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      void this.attempt(event);
    }, delay);
    this.timers.add(timer);
    return undefined;
  }

  private async discard(event: AsyncEvent, condition: FailureCondition): Promise<void> {
    const { onFailureArn } = asyncConfig(event.fn);
    if (onFailureArn === undefined) {
      this.logDropped(event, condition);
      return;
    }
    const { fn, request, payload, attempts, result, context } = event;
    const record = createFailureRecord({
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
      this.logDropped(event, `${condition}; delivery to ${onFailureArn} failed: ${error}`);
    }
  }

  private logDropped({ fn, request, attempts }: AsyncEvent, reason: string): void {
    const { requestId } = request;
    const line = `Dropped asynchronous event RequestId: ${requestId} after ${attempts} attempts: ${reason}`;
    this.options.log({ functionName: fn.model.name, requestId, stream: 'platform', line });
  }
}

function asyncConfig(fn: LambdaFunction): NonNullable<FunctionModel['asyncInvoke']> {
  return fn.model.asyncInvoke ?? DEFAULT_CONFIG;
}
