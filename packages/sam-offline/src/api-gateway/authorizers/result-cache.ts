interface CachedResult {
  readonly payload: unknown;
  /** The expiry time in epoch milliseconds. */
  readonly expiresAt: number;
}

/** Caches the results of Lambda authorizers. Times are in epoch milliseconds. */
export class ResultCache {
  private readonly results = new Map<string, CachedResult>();

  get(key: string, now: number): CachedResult | undefined {
    const found = this.results.get(key);
    return found && found.expiresAt > now ? found : undefined;
  }

  set(key: string, payload: unknown, now: number, seconds: number): void {
    for (const [other, { expiresAt }] of this.results) if (expiresAt <= now) this.results.delete(other);
    this.results.set(key, { payload, expiresAt: now + seconds * 1_000 });
  }
}
