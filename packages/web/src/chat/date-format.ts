const timeFormat = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const dateTimeFormat = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' });
const dayFormat = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' });
const shortDateFormat = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const dateFormat = new Intl.DateTimeFormat(undefined, { dateStyle: 'long' });

/** Formats the time of day in the user's locale, such as `14:05`. */
export function formatTime(ts: number): string {
  return timeFormat.format(ts);
}

/** Formats the full date and the time with seconds. */
export function formatDateTime(ts: number): string {
  return dateTimeFormat.format(ts);
}

/** Returns `Today`, `Yesterday`, or the date. The year is omitted in the current year. */
export function formatDay(ts: number, now: number): string {
  if (isSameDay(ts, now)) return 'Today';
  const yesterday = new Date(now);
  yesterday.setDate(yesterday.getDate() - 1);
  if (isSameDay(ts, yesterday.getTime())) return 'Yesterday';
  const isCurrentYear = new Date(ts).getFullYear() === new Date(now).getFullYear();
  return (isCurrentYear ? dayFormat : dateFormat).format(ts);
}

/** Returns the time of day for timestamps of today, and the day and month for other timestamps. */
export function formatShort(ts: number, now: number): string {
  return (isSameDay(ts, now) ? timeFormat : shortDateFormat).format(ts);
}

/** Formats the date in the user's time zone for a `datetime` attribute: `2026-01-25`. */
export function formatIsoDate(ts: number): string {
  const day = new Date(ts);
  const twoDigits = (value: number) => String(value).padStart(2, '0');
  return `${day.getFullYear()}-${twoDigits(day.getMonth() + 1)}-${twoDigits(day.getDate())}`;
}

/** Returns whether two timestamps are on the same day in the user's time zone. */
export function isSameDay(a: number, b: number): boolean {
  const [day, other] = [new Date(a), new Date(b)];
  const isSameDate = day.getDate() === other.getDate() && day.getMonth() === other.getMonth();
  return isSameDate && day.getFullYear() === other.getFullYear();
}
