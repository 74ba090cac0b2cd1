import { formatDay, formatIsoDate } from '../chat/date-format';
import type { PresenceChange } from '../chat/items';
import { describeChange } from '../chat/room-state';
import type { Row } from '../chat/rows';
import { MegaphoneIcon } from './icons';
import { MessageText, type Names } from './message-text';
import { Time } from './time';
import { UserName } from './user-name';

interface Props extends Names {
  row: Exclude<Row, { kind: 'message' }>;
  /** The users whose names look like another user's name. */
  lookAlikes: ReadonlySet<string>;
  /** A time of the current day, in epoch milliseconds. */
  today: number;
}

/** Shows a row of the log other than a message. */
export function LogLine({ row, username, formerNames, lookAlikes, today }: Props) {
  switch (row.kind) {
    case 'day':
      return (
        <li class="day">
          <time dateTime={formatIsoDate(row.ts)}>{formatDay(row.ts, today)}</time>
        </li>
      );
    case 'unread-marker':
      return <li class="unread-marker">New messages</li>;
    case 'gap':
      return <li class="gap">Some messages could not be recovered.</li>;
    case 'presence':
      return (
        <li class="presence">
          {row.changes.map((change) => (
            <Change
              key={change.user.userId}
              change={change}
              isLookAlike={lookAlikes.has(change.user.userId)}
            />
          ))}
        </li>
      );
    case 'broadcast':
      return (
        <li class="broadcast" tabIndex={-1} aria-labelledby={`content-${row.key}`} id={`content-${row.key}`}>
          <span class="label">
            <MegaphoneIcon /> Announcement to everyone · <Time ts={row.ts} />
          </span>
          <MessageText text={row.text} ts={row.ts} username={username} formerNames={formerNames} />
        </li>
      );
  }
}

function Change({ change, isLookAlike }: { change: PresenceChange; isLookAlike: boolean }) {
  const { user, previousName } = change;
  return (
    <span>
      <UserName user={{ ...user, username: previousName ?? user.username }} isLookAlike={isLookAlike} />{' '}
      <bdi>{describeChange(change)}</bdi>
    </span>
  );
}
