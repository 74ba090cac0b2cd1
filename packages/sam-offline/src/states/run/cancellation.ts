import { MAX_DELAY_MS, type Sleep } from '../../time/runtime-clock';
import { CancelledError } from '../errors';

/**
 * The default `Sleep`. Unlike a `RuntimeClock`, it keeps the process running, because tests of state machines may run without a
 * server.
 */
export const sleep: Sleep = async (ms, signal) => {
  for (let left = ms; left > 0 && !signal.aborted; left -= MAX_DELAY_MS) {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(done, Math.min(left, MAX_DELAY_MS));
      function done() {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        resolve();
      }
      signal.addEventListener('abort', done);
    });
  }
};

/**
 * Stops the branches of an execution, Map or Parallel state that has ended. Service calls in progress are not interrupted, but
 * their results are ignored.
 */
export class Cancellation {
  private isCancelled = false;
  private readonly listeners = new Set<() => void>();

  /**
   * Creates a child cancellation. If this cancellation is cancelled, the child is also cancelled. Call `release` when the
   * branches have ended.
   */
  createChild(): { cancellation: Cancellation; release: () => void } {
    const cancellation = new Cancellation();
    if (this.isCancelled) cancellation.cancel();
    const listener = () => cancellation.cancel();
    this.listeners.add(listener);
    return { cancellation, release: () => this.listeners.delete(listener) };
  }

  cancel(): void {
    if (this.isCancelled) return;
    this.isCancelled = true;
    for (const listener of [...this.listeners]) listener();
    this.listeners.clear();
  }

  throwIfCancelled(): void {
    if (this.isCancelled) throw new CancelledError();
  }

  /** Waits for `ms` milliseconds. Throws CancelledError when the branch is cancelled. */
  async sleep(ms: number, sleep: Sleep): Promise<void> {
    this.throwIfCancelled();
    const { signal, release } = this.createSignal();
    try {
      await sleep(ms, signal);
    } finally {
      release();
    }
    this.throwIfCancelled();
  }

  /** Returns the result of `work`. If `work` takes longer than `ms`, throws the error that `createError` returns. */
  async withTimeout<T>(ms: number, sleep: Sleep, work: Promise<T>, createError: () => Error): Promise<T> {
    const { signal, release } = this.createSignal();
    const deadline = sleep(ms, signal).then(() => {
      this.throwIfCancelled();
      throw createError();
    });
    try {
      return await Promise.race([work, deadline]);
    } finally {
      // `release` cannot cause an unhandled rejection, because `Promise.race` also handles rejections of the slower promise.
      release();
    }
  }

  private createSignal(): { signal: AbortSignal; release: () => void } {
    const controller = new AbortController();
    if (this.isCancelled) controller.abort();
    const listener = () => controller.abort();
    this.listeners.add(listener);
    return {
      signal: controller.signal,
      release: () => {
        this.listeners.delete(listener);
        controller.abort();
      },
    };
  }
}
