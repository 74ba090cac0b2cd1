import { type Check, recordsOf } from './records';

/** The budget for attempts to join rooms, and the time in which the budget refills. */
const ATTEMPTS = 5;
const REFILL_MS = 60_000;

/**
 * Checks that joins of existing rooms are not rate-limited. The server refunds these attempts, but faults of the function can
 * lose refunds. If they lose as many refunds as the budget has attempts, a join may be limited.
 */
export const checkLimits: Check = (records) => {
  const faults = recordsOf(records, 'fault').filter(({ at }) => at.startsWith('JoinRoomFunction'));
  return recordsOf(records, 'problem')
    .filter(({ action, problem }) => problem === 'rate-limited' && action === 'joinRoom')
    .filter(({ t }) => faults.filter((fault) => fault.t > t - REFILL_MS && fault.t <= t).length < ATTEMPTS)
    .map(({ client, t }) => `A join of ${client} is limited at ${t} ms, although all rooms exist.`);
};
