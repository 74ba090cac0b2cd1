import { type Check, recordsOf } from './records';

/** The budget of attempts to join rooms, and the time in which it refills. */
const ATTEMPTS = 5;
const REFILL_MS = 60_000;

/**
 * Nobody exceeds a limit here, except for the one of read positions, so nobody is told to wait. An attempt to join an existing room is refunded: faults of the
 * function have to lose as many refunds as the budget has attempts.
 */
export const checkLimits: Check = (records) => {
  const faults = recordsOf(records, 'fault').filter(({ at }) => at.startsWith('JoinRoomFunction'));
  return recordsOf(records, 'problem')
    .filter(({ action, problem }) => problem === 'rate-limited' && action !== 'markRead')
    .filter(({ t }) => faults.filter((fault) => fault.t > t - REFILL_MS && fault.t <= t).length < ATTEMPTS)
    .map(
      ({ client, action, t }) =>
        `The ${action} of ${client} is limited at ${t} ms, although its requests are rare.`,
    );
};
