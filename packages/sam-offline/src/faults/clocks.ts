import { createRandom } from './random';

/** The services that write timestamps to events and data. */
export type ClockedService = 'dynamodb' | 'events' | 'execute-api' | 'sqs' | 'states';

/**
 * The clocks of services and execution environments. On AWS, they are different machines. AWS does not publish a maximum
 * difference between their clocks, so the range is an assumption.
 */
export interface Clocks {
  /** Returns the difference between a service's clock and this machine's clock, in milliseconds. */
  offsetOf(service: ClockedService): number;
  /** Returns the difference between the clock of a new execution environment and this machine's clock, in milliseconds. */
  drawEnvironmentOffset(): number;
}

export const EXACT_CLOCKS: Clocks = { offsetOf: () => 0, drawEnvironmentOffset: () => 0 };

const MIN_OFFSET_MS = 2;
const MAX_OFFSET_MS = 300;

const SERVICES: readonly ClockedService[] = ['dynamodb', 'events', 'execute-api', 'sqs', 'states'];

/** Creates clocks that are 2 to 300 ms fast or slow. The differences are distributed log-uniformly. */
export function createSkewedClocks(seed: number): Clocks {
  const random = createRandom(seed);
  const drawOffset = () => {
    const offset = MIN_OFFSET_MS * (MAX_OFFSET_MS / MIN_OFFSET_MS) ** random();
    return Math.round(random() < 0.5 ? -offset : offset);
  };
  const offsets = new Map(SERVICES.map((service) => [service, drawOffset()]));
  return { offsetOf: (service) => offsets.get(service) ?? 0, drawEnvironmentOffset: drawOffset };
}
