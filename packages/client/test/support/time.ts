/** In milliseconds. */
export const MINUTE = 60_000;

interface Due {
  at: number;
  order: number;
  run(): void;
}

/** Time that moves only when it is told to: hours pass in milliseconds, and in the same way each time. */
export class VirtualTime {
  now = Date.parse('2026-01-25T18:50:04.673Z');
  private queue: Due[] = [];
  private count = 0;

  /** @returns what cancels it */
  after(ms: number, run: () => void): () => void {
    this.count += 1;
    const due = { at: this.now + Math.ceil(Math.max(0, ms)), order: this.count, run };
    // Kept sorted; most of what is set comes last, or nearly so.
    let index = this.queue.length;
    while (index > 0 && (this.queue[index - 1] as Due).at > due.at) index -= 1;
    this.queue.splice(index, 0, due);
    return () => {
      const place = this.queue.indexOf(due);
      if (place >= 0) this.queue.splice(place, 1);
    };
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.after(ms, resolve));
  }

  /** Lets `ms` pass, with everything that is due in them. */
  async pass(ms: number): Promise<void> {
    const end = this.now + ms;
    await settled();
    while ((this.queue[0]?.at ?? Number.POSITIVE_INFINITY) <= end) await this.next();
    this.now = end;
  }

  /** Goes to what is due next. */
  async next(): Promise<void> {
    const due = this.queue.shift();
    if (due) {
      this.now = due.at;
      due.run();
    }
    await settled();
  }
}

const channel = typeof setImmediate === 'undefined' ? new MessageChannel() : undefined;

/** Until no promise is left that goes on by itself. */
function settled(): Promise<void> {
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
