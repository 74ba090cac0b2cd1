const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' });
const date = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' });
const dateAndYear = new Intl.DateTimeFormat(undefined, { dateStyle: 'long' });

/** `14:05`, as the reader's language has it. */
export function timeOf(ts: number): string {
  return clock.format(ts);
}

/** The whole date and time, to the second. */
export function fullTimeOf(ts: number): string {
  return full.format(ts);
}

/** `Today`, `Yesterday`, or the date. */
export function dayOf(ts: number, now: number): string {
  if (isSameDay(ts, now)) return 'Today';
  const yesterday = new Date(now);
  yesterday.setDate(yesterday.getDate() - 1);
  if (isSameDay(ts, yesterday.getTime())) return 'Yesterday';
  return (new Date(ts).getFullYear() === new Date(now).getFullYear() ? date : dateAndYear).format(ts);
}

/** `2026-01-25`, the day where the reader is, for programs. */
export function isoDateOf(ts: number): string {
  const day = new Date(ts);
  const twoDigits = (value: number) => String(value).padStart(2, '0');
  return `${day.getFullYear()}-${twoDigits(day.getMonth() + 1)}-${twoDigits(day.getDate())}`;
}

/** Whether both are of one day, where the reader is. */
export function isSameDay(a: number, b: number): boolean {
  return new Date(a).toDateString() === new Date(b).toDateString();
}
