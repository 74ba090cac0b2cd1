import { setImmediate as nextTurn } from 'node:timers/promises';

interface Timer {
  readonly at: number;
  readonly fire: () => void;
  isCancelled?: boolean;
}

/** A clock that does not advance while code runs, and jumps to the next timer when no code is left to run. */
export class VirtualTime {
  /** A binary heap, earliest timer first. */
  private readonly timers: Timer[] = [];
  private ms: number;

  /** @param start the first time, in epoch milliseconds. */
  constructor(start = Date.UTC(2026, 0, 1)) {
    this.ms = start;
  }

  /** Returns the time in epoch milliseconds. */
  readonly now = (): number => this.ms;

  /** Waits in virtual time. Rounds up to whole milliseconds, as timers do. Settles early if the signal is aborted. */
  readonly sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const abort = () => resolve(cancel());
      const cancel = this.startTimer(ms, () => {
        signal?.removeEventListener('abort', abort);
        resolve();
      });
      signal?.addEventListener('abort', abort, { once: true });
    });

  /** Calls `fire` once after `ms`, rounded up to whole milliseconds. Returns a function that cancels the timer. */
  startTimer(ms: number, fire: () => void): () => void {
    const timer: Timer = { at: Math.ceil(this.ms + Math.max(0, ms)), fire };
    this.push(timer);
    return () => {
      timer.isCancelled = true;
    };
  }

  /** Runs `work` until it settles. Remaining timers, such as timeouts, do not fire. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    let isDone = false;
    const result = work().finally(() => {
      isDone = true;
    });
    result.catch(() => {}); // reported by the await below
    while (!isDone) {
      // The first turn of the event loop runs everything that the last timer has made ready. The second turn runs work that
      // itself waited for a turn: Step Functions waits for a turn every few hundred states.
      await nextTurn();
      await nextTurn();
      if (isDone) break;
      const timer = this.peek();
      if (!timer) throw new Error('The simulation waits for something other than its clock.');
      this.ms = timer.at;
      while (this.peek()?.at === this.ms) this.pop()?.fire();
    }
    return result;
  }

  /** Removes cancelled timers, and returns the earliest remaining timer. */
  private peek(): Timer | undefined {
    while (this.timers[0]?.isCancelled) this.pop();
    return this.timers[0];
  }

  private push(timer: Timer): void {
    let index = this.timers.push(timer) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if ((this.timers[parent] as Timer).at <= timer.at) break;
      this.timers[index] = this.timers[parent] as Timer;
      index = parent;
    }
    this.timers[index] = timer;
  }

  private pop(): Timer | undefined {
    const first = this.timers[0];
    const last = this.timers.pop();
    if (!last || this.timers.length === 0) return first;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= this.timers.length) break;
      const right = this.timers[child + 1];
      if (right && right.at < (this.timers[child] as Timer).at) child += 1;
      if ((this.timers[child] as Timer).at >= last.at) break;
      this.timers[index] = this.timers[child] as Timer;
      index = child;
    }
    this.timers[index] = last;
    return first;
  }
}
