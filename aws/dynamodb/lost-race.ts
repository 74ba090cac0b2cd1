import { isTransient } from './conflict-retries';
import { CONDITION_FAILED, cancellationReasons } from './errors';

/** Returns whether another request has changed an item of a transaction first, or is changing it. */
export function isRaceLost(error: unknown): boolean {
  const reasons = cancellationReasons(error) ?? [];
  return reasons.some(({ Code }) => Code === CONDITION_FAILED || isTransient(Code));
}
