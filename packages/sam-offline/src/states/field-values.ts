/** Reads what `TimeoutSeconds`, `Seconds`, `MaxConcurrency` and `Timestamp` may hold. */

/** The most seconds a state may wait or a task may take: the service's own limit. */
export const MAX_SECONDS = 99_999_999;

export function isInteger(value: unknown, least: number, most: number = MAX_SECONDS): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most;
}

const RFC_3339 =
  /^(\d{4})-(\d\d)-(\d\d)[Tt]([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(\.\d+)?)?([Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

/** Epoch milliseconds of an RFC 3339 time stamp; nothing if it is not one. Seconds may be left out, as on AWS. */
export function parseTimestamp(text: unknown): number | undefined {
  const match = typeof text === 'string' ? RFC_3339.exec(text) : null;
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second = '00', fraction = '', zone] = match;
  // Date takes 30 February for the 1st of March.
  const date = new Date(`${year}-${month}-${day}T00:00:00Z`);
  if (Number.isNaN(date.getTime()) || date.getUTCDate() !== Number(day)) return undefined;
  const millis = fraction.slice(0, 4);
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}${millis}${zone?.toUpperCase()}`);
}
