import { UsageError } from '../core/service';

const UNIT_MILLIS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/**
 * Parses a duration such as `2h`, `1h30m` or `500ms`, or a number of milliseconds. Returns the duration in milliseconds.
 *
 * @throws UsageError for any other string or a negative number
 */
export function parseDuration(duration: string | number): number {
  if (typeof duration === 'number' && duration >= 0) return duration;
  const parts = [...String(duration).matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)];
  if (parts.length > 0 && parts.map(([part]) => part).join('') === duration) {
    return parts.reduce(
      (sum, [, value, unit]) => sum + Number(value) * (UNIT_MILLIS[unit as string] as number),
      0,
    );
  }
  throw new UsageError(`${JSON.stringify(duration)} is not a duration. Use for example 90s, 2h or 1h30m.`);
}
