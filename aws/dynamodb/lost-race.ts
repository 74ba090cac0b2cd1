import { isTransient } from './conflict-retries';
import { CONDITION_FAILED, cancellationReasons } from './errors';

/** Returns whether a transaction failed because another request has changed one of its items, or is changing it. */
export function isRaceLost(error: unknown): boolean {
  const reasons = cancellationReasons(error) ?? [];
  return reasons.some(({ Code }) => Code === CONDITION_FAILED || isTransient(Code));
}
