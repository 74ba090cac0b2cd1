import { useState } from 'preact/hooks';
import { formatRoom, roomUrl } from '../chat/room-link';
import { type RoomSummary, roomTitle } from '../chat/room-summary';
import type { SavedData } from '../chat/saved-data';
import type { Session } from '../chat/session';
import { CrossIcon } from './icons';
import { UnreadCount } from './unread-count';

interface Props {
  session: Session;
  savedData: SavedData;
  summaries: readonly RoomSummary[];
}

/** The form is below the list, so the list is initially short. */
const SHORT_LENGTH = 8;

/** Lists the unopened rooms and the rooms that the user visited. Removing a joined room leaves it. */
export function RecentRooms({ session, savedData, summaries }: Props) {
  const [showsAll, setShowsAll] = useState(false);
  const unopened = savedData.unopenedRooms();
  const visited = savedData.recentRooms().filter(({ room }) => unopened.every((each) => each.room !== room));
  const rooms = [...unopened, ...visited];
  if (rooms.length === 0) return null;
  return (
    <section class="recent-rooms" aria-labelledby="recent-rooms">
      <h2 id="recent-rooms">Recent rooms</h2>
      <ul>
        {rooms.slice(0, showsAll ? undefined : SHORT_LENGTH).map(({ room, name }) => (
          <li key={room}>
            <a href={roomUrl(room, '')}>
              <bdi>{name ?? (room === 'lobby' ? 'Lobby' : 'Room')}</bdi>
              {room !== 'lobby' && <span class="code">{formatRoom(room)}</span>}
            </a>
            <UnreadCount room={summaries.find((each) => each.room === room)} />
            <button
              type="button"
              class="icon"
              aria-label={`Remove ${roomTitle({ room, name })} from recent rooms`}
              onClick={() => session.forget(room)}
            >
              <CrossIcon />
            </button>
          </li>
        ))}
      </ul>
      {rooms.length > SHORT_LENGTH && (
        <button type="button" class="quiet" aria-expanded={showsAll} onClick={() => setShowsAll(!showsAll)}>
          {showsAll ? 'Show fewer rooms' : `Show all ${rooms.length} rooms`}
        </button>
      )}
    </section>
  );
}
