import type { Fault } from './faults';

/**
 * Returns the faults of `--strict`: events that AWS allows and that are rare there, at rates at which every longer test
 * meets them. Lambda is not throttled at random, because it throttles by concurrency and request rate only.
 *
 * @param seed makes the choice of the affected calls repeatable
 */
export function createStrictFaults(seed: number): Fault[] {
  return [
    { service: 'dynamodb', kind: 'throttle', share: 0.005, seed },
    { service: 'events', kind: 'throttle', share: 0.02, seed: seed + 1 },
    { service: 'execute-api', kind: 'throttle', share: 0.01, seed: seed + 2 },
    { service: 'states', action: 'StartExecution', kind: 'throttle', share: 0.03, seed: seed + 3 },
    { service: 'events', kind: 'duplicate', share: 0.05, seed: seed + 4 },
    { service: 'lambda', kind: 'frozen-sockets', share: 0.03, seed: seed + 5 },
    { service: 'dynamodb', kind: 'index-lag', medianMs: 20, sigma: 1, seed: seed + 6 },
  ];
}
