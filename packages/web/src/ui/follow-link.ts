import { parseRoomLink } from '../chat/room-link';
import type { SavedData } from '../chat/saved-data';
import type { Session } from '../chat/session';
import { setLinkedRoom } from './use-linked-room';

/**
 * Opens the room in the URL fragment, now and when the fragment changes. Call this function before the first render, so that
 * the page connects early and does not show the start page first.
 */
export function followLink(session: Session, savedData: SavedData): void {
  const follow = () => {
    const link = parseRoomLink(location.hash);
    const linkedRoom = link?.room;
    if (linkedRoom && linkedRoom === session.store.state.room?.room) {
      setLinkedRoom(linkedRoom); // Removes an invite that the user does not need.
      return;
    }
    if (linkedRoom && session.show(linkedRoom)) return;
    const known = [...savedData.recentRooms(), ...savedData.unopenedRooms()];
    const isKnown = known.some(({ room }) => room === linkedRoom);
    if (link && savedData.username && isKnown) void session.join(savedData.username, link);
    else session.showStart();
  };
  addEventListener('hashchange', follow);
  follow();
}
