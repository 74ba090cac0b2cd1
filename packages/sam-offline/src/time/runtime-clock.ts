/** A timer that can be cancelled. */
export interface Timer {
  cancel(): void;
}

/** Starts a timer. */
export type SetTimer = (callback: () => void, millis: number) => Timer;

/** Waits. Once the signal is aborted, the promise resolves and no timer remains. */
export type Sleep = (millis: number, signal: AbortSignal) => Promise<void>;

interface PendingTimer {
  /** Epoch milliseconds of the runtime's clock. */
  readonly dueAt: number;
  readonly callback: () => void;
  handle?: NodeJS.Timeout;
}

/** The longest delay of `setTimeout`: 24.8 days. Longer delays end at once. */
export const MAX_DELAY_MS = 2 ** 31 - 1;

/**
 * The time of the runtime: the time of this machine, until a test advances it. Schedules, queues and expiry use it, so
 * that a test can skip hours.
 */
export class RuntimeClock {
  private offset = 0;
  private readonly timers = new Set<PendingTimer>();

  constructor(private readonly systemTime: () => number = Date.now) {}

  /** Returns the time in epoch milliseconds. */
  readonly now = (): number => this.systemTime() + this.offset;

  /** Calls `callback` once when `millis` have passed on this clock. */
  readonly setTimer: SetTimer = (callback, millis) => {
    const timer: PendingTimer = { dueAt: this.now() + Math.max(0, millis), callback };
    this.timers.add(timer);
    this.arm(timer);
    return {
      cancel: () => {
        clearTimeout(timer.handle);
        this.timers.delete(timer);
      },
    };
  };

  /** The difference from the clock of this machine, in milliseconds. */
  get offsetMs(): number {
    return this.offset;
  }

  /** Waits on this clock. */
  readonly sleep: Sleep = (millis, signal) => {
    if (millis <= 0 || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const end = () => {
        timer.cancel();
        signal.removeEventListener('abort', end);
        resolve();
      };
      const timer = this.setTimer(end, millis);
      signal.addEventListener('abort', end);
    });
  };

  /**
   * Moves the clock forward. Runs the timers that become due, in order and each at its own time, so that a schedule with
   * several due times starts once for each.
   */
  async advance(millis: number): Promise<void> {
    const end = this.now() + millis;
    for (;;) {
      const next = [...this.timers].reduce<PendingTimer | undefined>(
        (first, timer) => (first && first.dueAt <= timer.dueAt ? first : timer),
        undefined,
      );
      if (!next || next.dueAt > end) break;
      this.offset += Math.max(0, next.dueAt - this.now());
      this.run(next);
      // A callback may set the next timer after asynchronous work.
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.offset += Math.max(0, end - this.now());
    for (const timer of this.timers) this.arm(timer);
  }

  private arm(timer: PendingTimer): void {
    clearTimeout(timer.handle);
    const delay = Math.max(0, timer.dueAt - this.now());
    timer.handle = setTimeout(
      () => (delay > MAX_DELAY_MS ? this.arm(timer) : this.run(timer)),
      Math.min(delay, MAX_DELAY_MS),
    ).unref();
  }

  private run(timer: PendingTimer): void {
    clearTimeout(timer.handle);
    this.timers.delete(timer);
    timer.callback();
  }
}

/** Sets a timer of this machine. Like a timer of `RuntimeClock`, it does not keep the process running. */
export const setSystemTimer: SetTimer = (callback, millis) => {
  const handle = setTimeout(callback, millis).unref();
  return { cancel: () => clearTimeout(handle) };
};
