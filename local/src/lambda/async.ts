import { randomUUID } from 'node:crypto';
import type { LambdaFunction, LogEntry } from './function';

/**
 * Asynchronous invocations: answered at once, run in the background, and run again with the same request id
 * when the function fails. After the last retry the event is dropped, as on AWS for a function without a
 * dead-letter queue.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
 */
export class AsyncInvoker {
  private readonly timers = new Set<NodeJS.Timeout>();
  private closed = false;

  constructor(
    private readonly delays: readonly number[],
    private readonly log: (entry: LogEntry) => void,
  ) {}

  start(fn: LambdaFunction, event: string, traceHeader: string | undefined): void {
    void this.attempt(fn, event, traceHeader, randomUUID(), 0);
  }

  close(): void {
    this.closed = true;
    for (const timer of this.timers) clearTimeout(timer);
    this.timers.clear();
  }

  private async attempt(
    fn: LambdaFunction,
    event: string,
    traceHeader: string | undefined,
    requestId: string,
    retries: number,
  ): Promise<void> {
    if (await this.succeeds(fn, event, traceHeader, requestId)) return;
    if (this.closed) return;
    const delay = this.delays[retries];
    if (delay === undefined) {
      const line = `The asynchronous event of RequestId: ${requestId} failed ${retries + 1} times and is dropped`;
      this.log({ functionName: fn.model.name, requestId, stream: 'platform', line });
      return;
    }
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      void this.attempt(fn, event, traceHeader, requestId, retries + 1);
    }, delay);
    this.timers.add(timer);
  }

  /** Throttling, which throws, is a failure like any other here. */
  private async succeeds(
    fn: LambdaFunction,
    event: string,
    traceHeader: string | undefined,
    requestId: string,
  ): Promise<boolean> {
    try {
      const { functionError } = await fn.invoke(event, traceHeader, requestId);
      return functionError === undefined;
    } catch {
      return false;
    }
  }
}
