import { useState } from 'preact/hooks';
import { formatRoom, roomUrl } from '../chat/room-link';
import type { SavedData } from '../chat/saved-data';
import { CrossIcon } from './icons';

export function RecentRooms({ savedData }: { savedData: SavedData }) {
  const [rooms, setRooms] = useState(savedData.recentRooms());
  if (rooms.length === 0) return null;
  const remove = (room: string) => {
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
            <button
              type="button"
              class="icon"
              aria-label={`Remove ${name ?? formatRoom(room)} from recent rooms`}
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
