import { useEffect, useState } from 'preact/hooks';
import { parseRoomLink, type RoomLink } from '../chat/room-link';

/** Returns the room and the invite in the URL fragment, and rerenders when they change. */
export function useLinkedRoom(): RoomLink | undefined {
  const [link, setLink] = useState(() => parseRoomLink(location.hash));
  useEffect(() => {
    const onHashChange = () => setLink(parseRoomLink(location.hash));
    addEventListener('hashchange', onHashChange);
    return () => removeEventListener('hashchange', onHashChange);
  }, []);
  return link;
}

/** Sets the room in the URL fragment, or removes it. Removes an invite to the room from the URL and the history. */
export function setLinkedRoom(room: string | undefined): void {
  const link = parseRoomLink(location.hash);
  if (link?.room !== room) {
    location.hash = room ?? '';
  } else if (link?.invite) {
    history.replaceState(history.state, '', `#${link.room}`);
    dispatchEvent(new HashChangeEvent('hashchange')); // `replaceState` does not cause this event.
  }
}
