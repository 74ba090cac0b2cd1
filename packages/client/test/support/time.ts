/** One minute in milliseconds. */
export const MINUTE = 60_000;

interface Timer {
  at: number;
  run(): void;
}

/** A clock that tests advance. Timers run deterministically and without real delays. */
export class VirtualTime {
  now = Date.parse('2026-01-25T18:50:04.673Z');
  /** Sorted by due time. Timers with the same due time run in the order they were started. */
  private readonly timers: Timer[] = [];

  /** Starts a timer and returns a function that cancels it. */
  startTimer(ms: number, run: () => void): () => void {
    const timer = { at: this.now + Math.ceil(Math.max(0, ms)), run };
    // Searches from the end, because most timers are due last.
    let index = this.timers.length;
    while (index > 0 && (this.timers[index - 1] as Timer).at > timer.at) index -= 1;
    this.timers.splice(index, 0, timer);
    return () => {
      const position = this.timers.indexOf(timer);
      if (position >= 0) this.timers.splice(position, 1);
    };
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.startTimer(ms, resolve));
  }

  /** Advances the clock by `ms` and runs every timer that becomes due. */
  async advance(ms: number): Promise<void> {
    const end = this.now + ms;
    await drainMicrotasks();
    while ((this.timers[0]?.at ?? Number.POSITIVE_INFINITY) <= end) await this.advanceToNextTimer();
    this.now = end;
  }

  async advanceToNextTimer(): Promise<void> {
    const timer = this.timers.shift();
    if (timer) {
      this.now = timer.at;
      timer.run();
    }
    await drainMicrotasks();
  }
}

const channel = typeof setImmediate === 'undefined' ? new MessageChannel() : undefined;

/** Waits until all settled promises have run their continuations. Browsers have no `setImmediate`. */
function drainMicrotasks(): Promise<void> {
  return new Promise((resolve) => {
    if (!channel) {
      setImmediate(resolve);
      return;
    }
    channel.port1.addEventListener('message', () => resolve(), { once: true });
    channel.port1.start();
    channel.port2.postMessage(0);
  });
}
