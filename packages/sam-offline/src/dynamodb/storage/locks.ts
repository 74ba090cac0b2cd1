/**
 * Provides mutual exclusion by key.
 *
 * Callers cannot deadlock: a caller joins the queues of all its keys in one synchronous step, so two callers have the
 * same order in every queue that they share.
 */
export class KeyedLocks {
  /** For each key, a promise that resolves when the last caller in the queue is done. */
  private readonly tails = new Map<string, Promise<void>>();

  /** Runs `work` while no other caller holds any of `keys`. */
  async runExclusive<T>(keys: readonly string[], work: () => Promise<T>): Promise<T> {
    const ahead = keys.map((key) => this.tails.get(key)).filter((tail) => tail !== undefined);
    let release = (): void => {};
    const done = new Promise<void>((resolve) => {
      release = resolve;
    });
    for (const key of keys) this.tails.set(key, done);
    try {
      if (ahead.length > 0) await Promise.all(ahead);
      return await work();
    } finally {
      for (const key of keys) if (this.tails.get(key) === done) this.tails.delete(key);
      release();
    }
  }
}
