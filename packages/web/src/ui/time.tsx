import { fullTimeOf, timeOf } from '../chat/times';

/** The time of day; the whole date on hover. `ts` is epoch milliseconds. */
export function Time({ ts }: { ts: number }) {
  return (
    <time dateTime={new Date(ts).toISOString()} title={fullTimeOf(ts)}>
      {timeOf(ts)}
    </time>
  );
}
