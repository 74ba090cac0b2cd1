import { formatShort } from '../chat/date-format';
import type { RoomSummary } from '../chat/room-summary';
import type { SavedData } from '../chat/saved-data';
import { PlusIcon } from './icons';
import { UnreadCount } from './unread-count';
import { setLinkedRoom } from './use-linked-room';
import { useToday } from './use-today';

export interface RoomListProps {
  savedData: SavedData;
  rooms: readonly RoomSummary[];
  /** The room that is shown. */
  current: string;
}

interface Props extends RoomListProps {
  /** Called when the user chooses a room or the start page. */
  onSelect?: () => void;
}

/** Lists the joined rooms with their drafts or last messages, and opens the start page. Links switch rooms without a reload. */
export function RoomList({ savedData, rooms, current, onSelect }: Props) {
  const today = useToday();
  const showStart = () => {
    onSelect?.();
    setLinkedRoom(undefined);
  };
  return (
    <>
      <ul>
        {rooms.map((summary) => {
          const { room, title, last } = summary;
          // The composer shows the draft of the current room.
          const draft = room === current ? '' : savedData.draft(room).trim();
          return (
            <li key={room}>
              <a href={`#${room}`} aria-current={room === current ? 'page' : undefined} onClick={onSelect}>
                <bdi class="room-title">{title}</bdi>
                {last && (
                  <time dateTime={new Date(last.ts).toISOString()}>{formatShort(last.ts, today)}</time>
                )}
                <Preview room={summary} draft={draft} />
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

/** Shows the draft of a room, or its last message. */
function Preview({ room: { last, isMissing, writer }, draft }: { room: RoomSummary; draft: string }) {
  if (writer)
    return (
      <span class="preview">
        <bdi>{writer.username}</bdi> wrote to you
      </span>
    );
  if (isMissing) return <span class="preview">This room no longer exists</span>;
  if (draft)
    return (
      <span class="preview">
        <span class="draft">Draft:</span> <bdi>{draft}</bdi>
      </span>
    );
  if (!last) return <span class="preview">No messages yet</span>;
  return (
    <span class="preview">
      <bdi>{last.isOwn ? 'You' : last.from.username}</bdi>: <bdi>{last.text}</bdi>
    </span>
  );
}
