import { useEffect, useState } from 'preact/hooks';
import { roomIn } from '../chat/room-link';

/** The room that the page's address names, now and whenever it changes. */
export function useRoomLink(): string | undefined {
  const [room, setRoom] = useState(() => roomIn(location.hash));
  useEffect(() => {
    const read = () => setRoom(roomIn(location.hash));
    addEventListener('hashchange', read);
    return () => removeEventListener('hashchange', read);
  }, []);
  return room;
}

/** Makes the page's address that of a room, or of none. */
export function setRoomLink(room: string | undefined): void {
  if (roomIn(location.hash) !== room) location.hash = room ?? '';
}
