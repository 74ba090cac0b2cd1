import { formatDateTime, formatTime } from '../chat/date-format';

/** Shows the time of day, with the full date as a tooltip. `ts` is in epoch milliseconds. */
export function Time({ ts }: { ts: number }) {
  return (
    <time dateTime={new Date(ts).toISOString()} title={formatDateTime(ts)}>
      {formatTime(ts)}
    </time>
  );
}
