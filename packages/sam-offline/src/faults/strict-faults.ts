import type { Fault } from './faults';

/**
 * Returns the faults of `--strict`: events that are possible but rare on AWS, at rates so high that every longer test encounters
 * them. They are spread, because the SDK gives up after three throttled attempts. Lambda is not throttled at random, because
 * it throttles by concurrency and request rate only.
 *
 * @param seed makes the choice of the affected calls repeatable
 */
export function createStrictFaults(seed: number): Fault[] {
  const rare: Fault[] = [
    { service: 'dynamodb', kind: 'throttle', share: 0.005 },
    { service: 'events', kind: 'throttle', share: 0.02 },
    { service: 'execute-api', kind: 'throttle', share: 0.01 },
    { service: 'states', action: 'StartExecution', kind: 'throttle', share: 0.03 },
    { service: 'events', kind: 'duplicate', share: 0.05 },
    { service: 'lambda', kind: 'frozen-sockets', share: 0.03 },
  ];
  return [
    createIndexLag(seed),
    ...rare.map((fault, index) => ({ ...fault, spread: true, seed: seed + index + 1 })),
  ];
}

/** Returns the fault that delays writes to the global secondary indexes of DynamoDB. */
export function createIndexLag(seed: number): Fault {
  return { service: 'dynamodb', kind: 'index-lag', medianMs: 20, sigma: 1, seed };
}
