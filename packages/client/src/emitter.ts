type Listener<T> = (value: T) => void;

/** Typed events. */
export class Emitter<Events extends object> {
  private readonly listeners = new Map<keyof Events, Set<Listener<never>>>();

  /** Calls `listener` at each event of that type, until the function that this returns is called. */
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
        // A listener's mistake is reported as uncaught, and does not keep the others from hearing.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
