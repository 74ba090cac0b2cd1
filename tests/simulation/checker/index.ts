import type { Record } from '../harness/history';
import { checkAudience } from './audience';
import { checkAway } from './away';
import { checkChanges } from './changes';
import { checkCounts } from './counts';
import { checkDelivery } from './delivery';
import { checkEvents } from './events';
import { checkLimits } from './limits';
import { checkLiveness } from './liveness';
import { checkOrder } from './order';
import { checkReactions } from './reactions';
import { checkReadPositions } from './read-positions';
import { type Check, finalLogs } from './records';
import { checkReplies } from './replies';
import { checkRows } from './rows';
import { checkViews } from './views';

type Checks = Readonly<{ [name: string]: Check }>;

/** Checks for histories that contain only records of clients. */
export const CLIENT_CHECKS: Checks = {
  order: checkOrder,
  views: checkViews,
  audience: checkAudience,
  changes: checkChanges,
  replies: checkReplies,
  'read positions': checkReadPositions,
  reactions: checkReactions,
  counts: checkCounts,
  liveness: checkLiveness,
};

const ALL_CHECKS: Checks = {
  ...CLIENT_CHECKS,
  away: checkAway,
  events: checkEvents,
  delivery: checkDelivery,
  limits: checkLimits,
  rows: checkRows,
};

/** A problem in a history that breaks a promise. */
export interface Violation {
  readonly check: string;
  readonly problem: string;
}

/** Checks a history and returns the violations. */
export function checkHistory(records: readonly Record[], checks = ALL_CHECKS): Violation[] {
  return splitDays(records).flatMap((day) =>
    Object.entries(checks).flatMap(([check, run]) => run(day).map((problem) => ({ check, problem }))),
  );
}

/** The types of records that remain valid after a day without messages. */
const LASTING: readonly Record['type'][] = ['online', 'join', 'remove', 'removed', 'follow', 'followed'];

/** Splits a history at the day without messages, because rooms start a new log when all messages have expired. */
function splitDays(records: readonly Record[]): (readonly Record[])[] {
  const start = records.findIndex(({ type }) => type === 'next day');
  if (start < 0) return [records];
  const first = records.slice(0, start);
  const logs = finalLogs(first);
  // A log without entries continues on the next day.
  const lasts = (record: Record) =>
    LASTING.includes(record.type) || (record.type === 'joined' && logs.get(record.room)?.length === 0);
  return [first, [...first.filter(lasts), ...records.slice(start)]];
}
