import type { Fault } from './faults';

/**
 * Returns the faults of `--strict`. They are possible but rare on AWS. Here, their rates are high enough that a long test
 * encounters each of them. `spread` prevents three throttled attempts in a row, after which the SDK stops retrying. Lambda
 * calls are not throttled randomly, because Lambda throttles only by concurrency and request rate.
 *
 * @param seed makes the selection of affected calls repeatable
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
