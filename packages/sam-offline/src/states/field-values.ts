/** The maximum value of `Seconds`, `TimeoutSeconds` and similar fields, as on AWS. */
const MAX_SECONDS = 99_999_999;

/** Returns whether a value is an integer in the valid range of numeric fields. */
export function isInteger(value: unknown, min: number, max: number = MAX_SECONDS): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max;
}

const RFC_3339 =
  /^(\d{4})-(\d\d)-(\d\d)[Tt]([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(\.\d+)?)?([Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

/** Parses an RFC 3339 timestamp to epoch milliseconds. As on AWS, the seconds are optional. */
export function parseTimestamp(text: unknown): number | undefined {
  const match = typeof text === 'string' ? RFC_3339.exec(text) : null;
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second = '00', fraction = '', zone] = match;
  // `Date` parses February 30 as March 1.
  const date = new Date(`${year}-${month}-${day}T00:00:00Z`);
  if (Number.isNaN(date.getTime()) || date.getUTCDate() !== Number(day)) return undefined;
  const millis = fraction.slice(0, 4);
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}${millis}${zone?.toUpperCase()}`);
}
