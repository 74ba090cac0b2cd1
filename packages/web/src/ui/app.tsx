import { useEffect } from 'preact/hooks';
import type { Memory } from '../chat/memory';
import { spoken } from '../chat/room-link';
import type { Session } from '../chat/session';
import { Entering } from './entering';
import { RoomPage } from './room-page';
import { Start } from './start';
import { setRoomLink, useRoomLink } from './use-room-link';
import { useStore } from './use-store';

interface Props {
  session: Session;
  memory: Memory;
}

/** The page: start, on the way into a room, or in it. The address follows the room, and the room the address. */
export function App({ session, memory }: Props) {
  const state = useStore(session.store);
  const linked = useRoomLink();
  const { room, view } = state;

  // The address has changed: by a link, by hand, or by going back.
  useEffect(() => {
    if (linked && linked === session.store.state.room?.room) return;
    const isKnown = memory.visits().some((visit) => visit.room === linked);
    if (linked && memory.name && isKnown) void session.join(memory.name, linked);
    else session.leave();
  }, [linked, session, memory]);

  useEffect(() => {
    if (room) setRoomLink(room.room);
  }, [room?.room]);

  useEffect(() => {
    const look = () => session.look();
    document.addEventListener('visibilitychange', look);
    return () => document.removeEventListener('visibilitychange', look);
  }, [session]);

  useEffect(() => {
    const place = room ? `${room.name ?? spoken(room.room)} · Roomcast` : 'Roomcast';
    document.title = room?.unread ? `(${room.unread}) ${place}` : place;
  }, [room?.unread, room?.name, room?.room]);

  if (view === 'entering') return <Entering connection={state.connection} cancel={() => session.cancel()} />;
  if (view === 'room' && room)
    return <RoomPage session={session} memory={memory} state={state} room={room} />;
  return (
    <Start
      session={session}
      memory={memory}
      linked={linked}
      problem={state.problem}
      unknown={state.unknown}
      left={state.left}
    />
  );
}
