/**
 * Mutual exclusion by key. A writer names all its keys at once and waits its turn on each.
 *
 * There can be no deadlock: a caller enters the queues of all its keys in one synchronous step, so any two
 * callers stand in the same order in every queue they share.
 */
export class KeyedLocks {
  /** By key, what the last caller in the queue settles when it is done. */
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
