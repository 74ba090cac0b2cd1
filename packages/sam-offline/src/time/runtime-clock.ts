/** A timer that can be cancelled. */
export interface Timer {
  cancel(): void;
}

/** Starts a timer. */
export type SetTimer = (callback: () => void, millis: number) => Timer;

/** Waits. If the signal is aborted, cancels the timer and resolves. */
export type Sleep = (millis: number, signal: AbortSignal) => Promise<void>;

interface PendingTimer {
  /** The due time in epoch milliseconds of the runtime's clock. */
  readonly dueAt: number;
  readonly callback: () => void;
  handle?: NodeJS.Timeout;
}

/** The maximum delay of `setTimeout`: 24.8 days. Timers with longer delays fire immediately. */
export const MAX_DELAY_MS = 2 ** 31 - 1;

/**
 * The clock of the runtime. It returns the time of this machine until a test advances the clock. Schedules, queues and expiry
 * use this clock, so that tests do not have to wait.
 */
export class RuntimeClock {
  private offset = 0;
  private readonly timers = new Set<PendingTimer>();

  constructor(private readonly systemTime: () => number = Date.now) {}

  /** Returns the time in epoch milliseconds. */
  readonly now = (): number => this.systemTime() + this.offset;

  /** Calls `callback` once, when `millis` have elapsed on this clock. */
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

  /** The difference between this clock and the clock of this machine, in milliseconds. */
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
   * Advances the clock. Runs due timers in order. While a timer runs, the clock has the timer's due time, so that a schedule
   * starts once for each of its due times.
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
      // A callback may set another timer after asynchronous work.
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

/** Sets a timer of this machine. Like timers of `RuntimeClock`, the timer does not keep the process running. */
export const setSystemTimer: SetTimer = (callback, millis) => {
  const handle = setTimeout(callback, millis).unref();
  return { cancel: () => clearTimeout(handle) };
};
