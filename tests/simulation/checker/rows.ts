import { type Check, recordsOf } from './records';

/** Checks that no rows of closed connections remain after the run has settled. */
export const checkRows: Check = (records) =>
  recordsOf(records, 'stale row').map(
    ({ connection, room }) => `A row of room ${room} remains of the closed connection ${connection}.`,
  );
