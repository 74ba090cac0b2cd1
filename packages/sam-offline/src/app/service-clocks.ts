import type { ClockedService, Clocks } from '../faults/clocks';
import type { RuntimeClock } from '../time/runtime-clock';
import { preciseNow } from '../traces/segment';

/** Returns the clock of a service, in epoch milliseconds. */
export function createClock(
  { clock, clocks }: { readonly clock: RuntimeClock; readonly clocks: Clocks },
  service: ClockedService,
): () => number {
  return () => clock.now() + clocks.offsetOf(service);
}

/**
 * Returns the clock that verifies the signatures of requests to a service. `advanceTime` does not advance it, because clients
 * sign with the time of this machine.
 */
export function createMachineClock(clocks: Clocks, service: ClockedService): () => number {
  return () => Date.now() + clocks.offsetOf(service);
}

/** Returns the clock of a service in epoch milliseconds with fractions. */
export function createPreciseClock(clocks: Clocks, service: ClockedService): () => number {
  return () => preciseNow() + clocks.offsetOf(service);
}
