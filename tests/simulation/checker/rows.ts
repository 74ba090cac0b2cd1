import { type Check, recordsOf } from './records';

/** When everything has converged, no row outlives its connection. */
export const checkRows: Check = (records) =>
  recordsOf(records, 'stale row').map(
    ({ connection, room }) => `A row of room ${room} remains of the closed connection ${connection}.`,
  );
