import type { FunctionModel } from 'sam-offline';
import type { VirtualTime } from '../../../testbed/virtual-time';

/** https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html */
const RETRY_DELAYS_MS = [60_000, 120_000];

/**
 * Simulates Lambda's queue for asynchronous events. Retries failed invocations, and then sends the event to the function's
 * dead-letter queue.
 */
export class AsyncInvocations {
  constructor(
    private readonly time: VirtualTime,
    private readonly invoke: (model: FunctionModel, event: unknown) => Promise<unknown>,
    private readonly deadLetter: (event: unknown) => void,
  ) {}

  /** Accepts an event and returns without waiting for the invocation. */
  start(model: FunctionModel, event: unknown): void {
    void this.run(model, event);
  }

  private async run(model: FunctionModel, event: unknown): Promise<void> {
    const retries = model.asyncInvoke?.maximumRetryAttempts ?? RETRY_DELAYS_MS.length;
    for (let attempt = 0; attempt <= retries; attempt += 1) {
      if (attempt > 0) await this.time.sleep(RETRY_DELAYS_MS[attempt - 1] ?? 0);
      try {
        await this.invoke(model, event);
        return;
      } catch {
        // The next attempt follows.
      }
    }
    this.deadLetter(event);
  }
}
