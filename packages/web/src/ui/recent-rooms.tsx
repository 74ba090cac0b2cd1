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
  joined: readonly RoomSummary[];
}

/** Lists the rooms that the user visited. Removing a joined room leaves it. */
export function RecentRooms({ session, savedData, joined }: Props) {
  const [rooms, setRooms] = useState(savedData.recentRooms());
  if (rooms.length === 0) return null;
  const remove = (room: string) => {
    session.leave(room);
    savedData.removeRoom(room);
    setRooms(savedData.recentRooms());
  };
  return (
    <section class="recent-rooms" aria-labelledby="recent-rooms">
      <h2 id="recent-rooms">Recent rooms</h2>
      <ul>
        {rooms.map(({ room, name }) => (
          <li key={room}>
            <a href={roomUrl(room, '')}>
              <bdi>{name ?? (room === 'lobby' ? 'Lobby' : 'Room')}</bdi>
              {room !== 'lobby' && <span class="code">{formatRoom(room)}</span>}
            </a>
            <UnreadCount room={joined.find((each) => each.room === room)} />
            <button
              type="button"
              class="icon"
              aria-label={`Remove ${roomTitle({ room, name })} from recent rooms`}
              onClick={() => remove(room)}
            >
              <CrossIcon />
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
