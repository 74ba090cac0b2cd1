import { Cancelled } from '../errors';

/** Waits; rejects or resolves early, whichever it likes, once the signal is aborted, and then leaves no timer. */
export type Sleep = (ms: number, signal: AbortSignal) => Promise<void>;

/** setTimeout counts in 32 bits, which is 24.8 days; longer waits are made of several. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** The default `Sleep`. */
export async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  for (let left = ms; left > 0 && !signal.aborted; left -= LONGEST_TIMER) {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(done, Math.min(left, LONGEST_TIMER));
      function done() {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        resolve();
      }
      signal.addEventListener('abort', done);
    });
  }
}

/**
 * Says to everything below that it is over: the execution to its branches, a failed Map to its other iterations.
 * What a branch has asked a service to do is not taken back, but nothing follows from it.
 */
export class Cancel {
  private cancelled = false;
  private readonly listeners = new Set<() => void>();

  /** A switch of its own that is also thrown with this one. `release` when it is no longer needed. */
  child(): { cancel: Cancel; release: () => void } {
    const cancel = new Cancel();
    if (this.cancelled) cancel.throw();
    const listener = () => cancel.throw();
    this.listeners.add(listener);
    return { cancel, release: () => this.listeners.delete(listener) };
  }

  throw(): void {
    if (this.cancelled) return;
    this.cancelled = true;
    for (const listener of [...this.listeners]) listener();
    this.listeners.clear();
  }

  check(): void {
    if (this.cancelled) throw new Cancelled();
  }

  /** Sleeps; throws `Cancelled` as soon as the switch is thrown. */
  async sleep(ms: number, how: Sleep): Promise<void> {
    this.check();
    const { signal, release } = this.signal();
    try {
      await how(ms, signal);
    } finally {
      release();
    }
    this.check();
  }

  /** What `work` gives, or what `late` throws if that takes longer than `ms`. */
  async within<T>(ms: number, how: Sleep, work: Promise<T>, late: () => Error): Promise<T> {
    const { signal, release } = this.signal();
    const deadline = how(ms, signal).then(() => {
      this.check();
      throw late();
    });
    try {
      return await Promise.race([work, deadline]);
    } finally {
      // The loser's rejection has been taken up by the race.
      release();
    }
  }

  private signal(): { signal: AbortSignal; release: () => void } {
    const controller = new AbortController();
    if (this.cancelled) controller.abort();
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
