import type { Presence } from '../chat/room-state';
import type { Row } from '../chat/rows';
import { dayOf, isoDateOf } from '../chat/times';
import { HornIcon } from './icons';
import { Text } from './text';
import { Time } from './time';

/** A line of the log that is no message. */
export function Line({ row }: { row: Exclude<Row, { kind: 'message' }> }) {
  switch (row.kind) {
    case 'day':
      return (
        <li class="day">
          <time dateTime={isoDateOf(row.ts)}>{dayOf(row.ts, Date.now())}</time>
        </li>
      );
    case 'new':
      return <li class="new">New messages</li>;
    case 'gap':
      return <li class="gap">Some messages from while you were away cannot be shown.</li>;
    case 'presence':
      return <li class="presence">{row.changes.map(Change)}</li>;
    case 'broadcast':
      return (
        <li class="broadcast">
          <span class="label">
            <HornIcon /> Announcement to everyone · <Time ts={row.ts} />
          </span>
          <Text text={row.text} />
        </li>
      );
  }
}

function Change({ user, isHere }: Presence) {
  return (
    <span key={user.userId}>
      <bdi>{user.username}</bdi> {isHere ? 'joined' : 'left'}
    </span>
  );
}
