import type { Environment } from './environment';

/** Creates named timers. Starting a timer again replaces it. */
export function createTimers(environment: Environment, onDue: (key: string) => void) {
  const cancels = new Map<string, () => void>();

  function start(key: string, ms: number): void {
    cancel(key);
    const end = () => {
      cancels.delete(key);
      onDue(key);
    };
    cancels.set(key, environment.startTimer(ms, end));
  }

  function cancel(key: string): void {
    cancels.get(key)?.();
    cancels.delete(key);
  }

  function cancelAll(): void {
    for (const key of cancels.keys()) cancel(key);
  }

  return { start, cancel, cancelAll };
}
