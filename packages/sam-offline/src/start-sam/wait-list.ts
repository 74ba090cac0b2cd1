import { setTimeout as sleep } from 'node:timers/promises';

/** The default timeout of waits, in milliseconds. */
const DEFAULT_TIMEOUT_MS = 5_000;

export interface WaitOptions {
  /** The timeout in milliseconds. Default: 5,000. */
  readonly timeoutMs?: number;
}

/**
 * A list of entries in the order of arrival. Callers can wait for the next entry. Each entry is returned to only one caller.
 */
export class WaitList<T> {
  readonly all: T[] = [];
  private readonly unseen = new Set<T & object>();
  private listeners: (() => void)[] = [];

  constructor(private readonly kind: string) {}

  add(entry: T & object): void {
    this.all.push(entry);
    this.unseen.add(entry);
    for (const listener of this.listeners.splice(0)) listener();
  }

  /**
   * Returns the first matching entry that has not been returned by an earlier call. Waits for such an entry if necessary.
   *
   * @throws Error with the entries that did not match, if no entry matches before the timeout
   */
  async next(
    matches: (entry: T) => boolean,
    { timeoutMs = DEFAULT_TIMEOUT_MS }: WaitOptions = {},
  ): Promise<T> {
    const timeout = new AbortController();
    const timedOut = sleep(timeoutMs, 'late' as const, { signal: timeout.signal }).catch(() => undefined);
    try {
      for (;;) {
        const found = [...this.unseen].find(matches);
        if (found) {
          this.unseen.delete(found);
          return found;
        }
        const added = new Promise<void>((resolve) => this.listeners.push(resolve));
        if ((await Promise.race([added, timedOut])) === 'late') throw this.createError(timeoutMs);
      }
    } finally {
      timeout.abort();
    }
  }

  private createError(timeoutMs: number): Error {
    const others = [...this.unseen].map((entry) => `\n  ${JSON.stringify(entry)}`).join('');
    return new Error(
      `No matching ${this.kind} arrived within ${timeoutMs} ms. Others: ${others === '' ? 'none' : others}`,
    );
  }
}
