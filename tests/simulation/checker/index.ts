import type { Record } from '../harness/history';
import { checkAudience } from './audience';
import { checkChanges } from './changes';
import { checkCounts } from './counts';
import { checkEvents } from './events';
import { checkLiveness } from './liveness';
import { checkOrder } from './order';
import { checkReactions } from './reactions';
import { checkReadPositions } from './read-positions';
import type { Check } from './records';
import { checkReplies } from './replies';
import { checkRows } from './rows';
import { checkViews } from './views';

type Checks = Readonly<{ [name: string]: Check }>;

/** Checks of a history that only clients recorded. */
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

const ALL_CHECKS: Checks = { ...CLIENT_CHECKS, events: checkEvents, rows: checkRows };

/** A promise that a history breaks. */
export interface Violation {
  readonly check: string;
  readonly problem: string;
}

/** Reads a history and returns the promises that it breaks. */
export function checkHistory(records: readonly Record[], checks = ALL_CHECKS): Violation[] {
  return Object.entries(checks).flatMap(([check, run]) =>
    run(records).map((problem) => ({ check, problem })),
  );
}
