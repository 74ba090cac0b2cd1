import { AwsError, type CallContext, type InvokeResult } from '../core/service';
import { createFailureRecord, type FailureCondition } from './failure-record';
import type { InvocationRequest, LambdaFunction, LogEntry } from './lambda-function';
import type { FunctionModel } from './model';

export interface AsyncInvokerOptions {
  /** The delay before each retry, in milliseconds. The last value applies to all later retries. */
  readonly retryDelays: readonly number[];
  /** The delay before the first retry of a throttled attempt, in milliseconds. It doubles with each retry. */
  readonly throttleDelay: number;
  /** Sends a failure record, as JSON, to the destination of a function. */
  readonly deliver: (destinationArn: string, record: string, context: CallContext) => Promise<void>;
  readonly log: (entry: LogEntry) => void;
}

/** Lambda's defaults: six hours and two retries. */
const DEFAULT_CONFIG: NonNullable<FunctionModel['asyncInvoke']> = {
  maximumEventAgeSeconds: 21_600,
  maximumRetryAttempts: 2,
};

/** Lambda's maximum delay before a retry of a throttled attempt. */
const MAX_THROTTLE_DELAY = 300_000;

/** An asynchronous event and its previous attempts. */
interface AsyncEvent {
  readonly fn: LambdaFunction;
  readonly payload: string;
  readonly context: CallContext;
  readonly request: InvocationRequest;
  /** The expiry time in epoch milliseconds. */
  readonly expiresAt: number;
  attempts: number;
  /** The number of throttled attempts since the last run. They do not count as attempts. */
  throttles: number;
  /** The result of the last attempt. */
  result?: InvokeResult;
}

/**
 * Runs asynchronous invocations in the background. Retries failed and throttled invocations with the same request ID. If all
 * retries fail or the event expires, sends a record to the function's on-failure destination. Without a destination, drops the
 * event.
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
    void this.attempt({ fn, payload, context, request, expiresAt, attempts: 0, throttles: 0 });
  }

  /** Cancels pending retries. Resolves when running deliveries have ended. */
  async close(): Promise<void> {
    this.isClosed = true;
    for (const timer of this.timers) clearTimeout(timer);
    this.timers.clear();
    await Promise.all(this.deliveries);
  }

  private async attempt(event: AsyncEvent): Promise<void> {
    const outcome = await this.run(event);
    if (this.isClosed || outcome === 'succeeded') return;
    const condition = this.scheduleRetry(event, outcome);
    if (condition === undefined) return;
    const delivery = this.discard(event, condition).finally(() => this.deliveries.delete(delivery));
    this.deliveries.add(delivery);
  }

  private async run(event: AsyncEvent): Promise<'succeeded' | 'failed' | 'throttled'> {
    const { fn, payload, request } = event;
    try {
      event.result = await fn.invoke(payload, request);
    } catch (error) {
      if (error instanceof AwsError && error.status === 429) return 'throttled';
      event.result = undefined;
    }
    event.attempts += 1;
    event.throttles = 0;
    return event.result && event.result.functionError === undefined ? 'succeeded' : 'failed';
  }

  /** Schedules the next attempt. If Lambda would discard the event instead, returns the reason. */
  private scheduleRetry(event: AsyncEvent, outcome: 'failed' | 'throttled'): FailureCondition | undefined {
    const isThrottled = outcome === 'throttled';
    if (isThrottled && event.fn.model.reservedConcurrency === 0) return 'ZeroReservedConcurrency';
    if (event.attempts > asyncConfig(event.fn).maximumRetryAttempts) return 'RetriesExhausted';
    const delay = isThrottled ? this.nextThrottleDelay(event) : this.retryDelay(event);
    if (Date.now() + delay >= event.expiresAt) return 'EventAgeExceeded';
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      void this.attempt(event);
    }, delay);
    this.timers.add(timer);
    return undefined;
  }

  private retryDelay({ attempts }: AsyncEvent): number {
    const { retryDelays } = this.options;
    return retryDelays[attempts - 1] ?? retryDelays.at(-1) ?? 0;
  }

  private nextThrottleDelay(event: AsyncEvent): number {
    const delay = Math.min(this.options.throttleDelay * 2 ** event.throttles, MAX_THROTTLE_DELAY);
    event.throttles += 1;
    return delay;
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
