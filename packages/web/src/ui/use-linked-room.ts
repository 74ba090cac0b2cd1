import { useEffect, useState } from 'preact/hooks';
import { parseRoom } from '../chat/room-link';

/** Returns the room in the URL fragment, and rerenders when it changes. */
export function useLinkedRoom(): string | undefined {
  const [room, setRoom] = useState(() => parseRoom(location.hash));
  useEffect(() => {
    const onHashChange = () => setRoom(parseRoom(location.hash));
    addEventListener('hashchange', onHashChange);
    return () => removeEventListener('hashchange', onHashChange);
  }, []);
  return room;
}

/** Sets the room in the URL fragment, or removes it. */
export function setLinkedRoom(room: string | undefined): void {
  if (parseRoom(location.hash) !== room) location.hash = room ?? '';
}
