import type { Record } from '../harness/history';
import { checkAudience } from './audience';
import { checkChanges } from './changes';
import { checkCounts } from './counts';
import { checkEvents } from './events';
import { checkLiveness } from './liveness';
import { checkOrder } from './order';
import { checkReadPositions } from './read-positions';
import type { Check } from './records';
import { checkReplies } from './replies';
import { checkViews } from './views';

const CHECKS: Readonly<{ [name: string]: Check }> = {
  order: checkOrder,
  views: checkViews,
  audience: checkAudience,
  changes: checkChanges,
  replies: checkReplies,
  'read positions': checkReadPositions,
  events: checkEvents,
  counts: checkCounts,
  liveness: checkLiveness,
};

/** A promise that a history breaks. */
export interface Violation {
  readonly check: string;
  readonly problem: string;
}

/** Reads a history and returns the promises that it breaks. */
export function checkHistory(records: readonly Record[]): Violation[] {
  return Object.entries(CHECKS).flatMap(([check, run]) =>
    run(records).map((problem) => ({ check, problem })),
  );
}
