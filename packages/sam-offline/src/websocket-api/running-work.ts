/** Tracks running handshakes and invocations. Closing the APIs waits for them. */
export class RunningWork {
  private readonly running = new Set<Promise<unknown>>();

  get size(): number {
    return this.running.size;
  }

  readonly track = (work: Promise<unknown>): void => {
    this.running.add(work);
    void work.finally(() => this.running.delete(work));
  };

  /** Waits until all work has ended. */
  async finish(): Promise<void> {
    while (this.running.size > 0) await Promise.all(this.running);
  }
}
