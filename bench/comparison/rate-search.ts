/**
 * The precision of the search. The search ends when the lowest failed rate is at most this factor above the highest successful
 * rate.
 */
const PRECISION = 1.2;

export interface RateSearch {
  readonly start: number;
  readonly max: number;
  /** Returns whether there is time for another attempt. */
  hasTime(): boolean;
}

/**
 * Returns the highest rate at which an attempt succeeds, or 0 if every attempt fails. Doubles the rate until an attempt fails,
 * then halves the interval between the highest success and the lowest failure.
 */
export async function findHighestRate(
  { start, max, hasTime }: RateSearch,
  attempt: (rate: number) => Promise<boolean>,
): Promise<number> {
  let [passed, failed] = [0, Number.POSITIVE_INFINITY];
  let rate = start;
  while (hasTime()) {
    if (await attempt(rate)) passed = rate;
    else failed = rate;
    if (passed >= max || (passed > 0 && failed / passed <= PRECISION)) break;
    if (failed === Number.POSITIVE_INFINITY) rate = Math.min(2 * passed, max);
    else rate = passed === 0 ? failed / 2 : Math.sqrt(passed * failed);
    if (rate < 1) break;
  }
  return passed;
}
