import { useEffect } from 'preact/hooks';
import { formatUnread, roomTitle, sumUnread } from '../chat/room-summary';
import type { SavedData } from '../chat/saved-data';
import type { Session } from '../chat/session';
import { Joining } from './joining';
import { RoomPage } from './room-page';
import { StartPage } from './start-page';
import { setLinkedRoom, useLinkedRoom } from './use-linked-room';
import { useStore } from './use-store';

interface Props {
  session: Session;
  savedData: SavedData;
}

/** Renders the current view, and puts the shown room into the URL fragment. */
export function App({ session, savedData }: Props) {
  const state = useStore(session.store);
  const link = useLinkedRoom();
  const { room, view } = state;

  useEffect(() => {
    if (room) setLinkedRoom(room.room);
  }, [room?.room]);

  useEffect(() => {
    const markRead = () => session.markRead();
    document.addEventListener('visibilitychange', markRead);
    return () => document.removeEventListener('visibilitychange', markRead);
  }, [session]);

  useEffect(() => {
    const updateNetwork = ({ type }: Event) => session.setNetwork(type === 'online');
    const events = ['online', 'offline'];
    for (const type of events) addEventListener(type, updateNetwork);
    return () => {
      for (const type of events) removeEventListener(type, updateNetwork);
    };
  }, [session]);

  const unread = sumUnread(state.rooms);
  const unreadCount = unread.unreadCount > 0 ? `(${formatUnread(unread)}) ` : '';
  useEffect(() => {
    const title = room ? `${roomTitle(room)} · Roomcast` : 'Roomcast';
    document.title = `${unreadCount}${title}`;
  }, [unreadCount, room?.name, room?.room]);

  if (view === 'joining') return <Joining connection={state.connection} cancel={() => session.cancel()} />;
  if (view === 'room' && room)
    return <RoomPage session={session} savedData={savedData} state={state} room={room} />;
  return (
    <StartPage
      session={session}
      savedData={savedData}
      rooms={state.rooms}
      link={link}
      notice={state.notice}
      problem={state.problem}
      missingRoom={state.missingRoom}
      refusedRoom={state.refusedRoom}
      leftRoom={state.leftRoom}
    />
  );
}
