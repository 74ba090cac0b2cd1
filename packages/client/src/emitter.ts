type Listener<T> = (value: T) => void;

/** A typed event emitter. */
export class Emitter<Events extends object> {
  private readonly listeners = new Map<keyof Events, Set<Listener<never>>>();

  /** Adds a listener and returns a function that removes it. */
  on<T extends keyof Events>(type: T, listener: Listener<Events[T]>): () => void {
    const set = this.listeners.get(type) ?? new Set();
    this.listeners.set(type, set.add(listener));
    return () => set.delete(listener);
  }

  /** @internal */
  emit<T extends keyof Events>(type: T, value: Events[T]): void {
    for (const listener of [...(this.listeners.get(type) ?? [])]) {
      try {
        (listener as Listener<Events[T]>)(value);
      } catch (error) {
        // Reports the error as uncaught. The other listeners still run.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
