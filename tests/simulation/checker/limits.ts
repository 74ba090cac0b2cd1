import { type Check, recordsOf } from './records';

/** The budget of attempts to join rooms, and the time in which it refills. */
const ATTEMPTS = 5;
const REFILL_MS = 60_000;

/**
 * An attempt to join an existing room is refunded, so no join is limited, unless faults of the function have lost as many refunds
 * as the budget has attempts.
 */
export const checkLimits: Check = (records) => {
  const faults = recordsOf(records, 'fault').filter(({ at }) => at.startsWith('JoinRoomFunction'));
  return recordsOf(records, 'problem')
    .filter(({ action, problem }) => problem === 'rate-limited' && action === 'joinRoom')
    .filter(({ t }) => faults.filter((fault) => fault.t > t - REFILL_MS && fault.t <= t).length < ATTEMPTS)
    .map(({ client, t }) => `A join of ${client} is limited at ${t} ms, although all rooms exist.`);
};
