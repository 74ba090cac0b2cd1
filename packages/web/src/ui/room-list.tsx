import { formatShort } from '../chat/date-format';
import type { RoomSummary } from '../chat/room-summary';
import { PlusIcon } from './icons';
import { UnreadCount } from './unread-count';
import { setLinkedRoom } from './use-linked-room';

interface Props {
  rooms: readonly RoomSummary[];
  /** The room that is shown. */
  current: string;
  /** Called when the user chooses a room or the start page. */
  onSelect?: () => void;
}

/** Lists the joined rooms with their last messages, and opens the start page. Links switch rooms without a reload. */
export function RoomList({ rooms, current, onSelect }: Props) {
  const showStart = () => {
    onSelect?.();
    setLinkedRoom(undefined);
  };
  return (
    <>
      <ul>
        {rooms.map((summary) => {
          const { room, title, last, isMissing } = summary;
          return (
            <li key={room}>
              <a href={`#${room}`} aria-current={room === current ? 'page' : undefined} onClick={onSelect}>
                <bdi class="room-title">{title}</bdi>
                {last && (
                  <time dateTime={new Date(last.ts).toISOString()}>{formatShort(last.ts, Date.now())}</time>
                )}
                <LastMessage last={last} isMissing={isMissing} />
                <UnreadCount room={summary} />
              </a>
            </li>
          );
        })}
      </ul>
      <button type="button" class="new-room" onClick={showStart}>
        <PlusIcon /> Open another room
      </button>
    </>
  );
}

function LastMessage({ last, isMissing }: Pick<RoomSummary, 'last' | 'isMissing'>) {
  if (isMissing) return <span class="last-message">This room no longer exists</span>;
  if (!last) return <span class="last-message">No messages yet</span>;
  return (
    <span class="last-message">
      <bdi>{last.isOwn ? 'You' : last.from.username}</bdi>: <bdi>{last.text}</bdi>
    </span>
  );
}
