import { MAX_DELAY_MS, type Sleep } from '../../time/runtime-clock';
import { CancelledError } from '../errors';

/** The default `Sleep`. Unlike a `RuntimeClock`, it keeps the process running: a test of a state machine has no server. */
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
 * Stops the branches of an execution, Map or Parallel that has ended. Service calls in flight are not interrupted,
 * but their results are ignored.
 */
export class Cancellation {
  private isCancelled = false;
  private readonly listeners = new Set<() => void>();

  /** Creates a cancellation that is also cancelled with this one. Call `release` when the branches have ended. */
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

  /** Waits. Throws CancelledError as soon as the branch is cancelled. */
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

  /** Returns the result of `work`, or throws the error from `createError` if it takes longer than `ms`. */
  async withTimeout<T>(ms: number, sleep: Sleep, work: Promise<T>, createError: () => Error): Promise<T> {
    const { signal, release } = this.createSignal();
    const deadline = sleep(ms, signal).then(() => {
      this.throwIfCancelled();
      throw createError();
    });
    try {
      return await Promise.race([work, deadline]);
    } finally {
      // Promise.race also handles the rejection of the promise that loses.
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
