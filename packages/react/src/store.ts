/** A state outside React, for `useSyncExternalStore`. Each state is a new object. */
export abstract class Store<State extends object> {
  private readonly listeners = new Set<() => void>();

  constructor(protected state: State) {}

  readonly getState = (): State => this.state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    if (this.listeners.size === 1) this.start();
    return () => {
      this.listeners.delete(listener);
      if (this.listeners.size === 0) this.stop();
    };
  };

  protected update(changes: Partial<State>): void {
    this.state = { ...this.state, ...changes };
    for (const listener of [...this.listeners]) listener();
  }

  /** Called when the first component subscribes. */
  protected abstract start(): void;

  /** Called when the last component unsubscribes. In Strict Mode, the component subscribes again immediately. */
  protected stop(): void {}
}

/** Returns a function that creates one store per key. The garbage collector removes each store together with its key. */
export function cacheByKey<Key extends object, Value>(create: (key: Key) => Value): (key: Key) => Value {
  const values = new WeakMap<Key, Value>();
  return (key) => {
    const value = values.get(key) ?? create(key);
    values.set(key, value);
    return value;
  };
}
