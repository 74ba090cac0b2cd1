import { useState } from 'preact/hooks';
import type { RoomLink } from '../chat/room-link';
import type { RoomSummary } from '../chat/room-summary';
import type { SavedData } from '../chat/saved-data';
import type { Session } from '../chat/session';
import { Brand } from './brand';
import { CreateForm } from './create-form';
import { InvitationForm } from './invitation-form';
import { JoinForm } from './join-form';
import { NameField } from './name-field';
import { Notice } from './notice';
import { RecentRooms } from './recent-rooms';
import { setLinkedRoom } from './use-linked-room';

interface Props {
  session: Session;
  savedData: SavedData;
  /** The joined and the unopened rooms. */
  rooms: readonly RoomSummary[];
  /** The room and the invite in the URL fragment. */
  link?: RoomLink;
  /** Notifies the user of an event in a room that is not shown. */
  notice?: string;
  problem?: string;
  /** The requested room, if the server did not find it. */
  missingRoom?: string;
  /** The requested room, if the user cannot join it. */
  refusedRoom?: string;
  leftRoom?: string;
}

/** Shows the page for creating or joining a room. With a linked room, offers to join that room only. */
export function StartPage({
  session,
  savedData,
  rooms,
  link,
  notice,
  problem,
  missingRoom,
  refusedRoom,
  leftRoom,
}: Props) {
  const linkedRoom = link?.room;
  const [username, setUsername] = useState(savedData.username);
  const [roomError, setRoomError] = useState<string>();
  const submit = (action: (username: string) => void) => (event: Event) => {
    event.preventDefault();
    savedData.username = username.trim();
    action(username.trim());
  };
  const join = (target: RoomLink | undefined) =>
    submit((name) => {
      setRoomError(
        target ? undefined : 'Enter a nine-digit room number, such as 483 920 117, or a room link.',
      );
      if (target) void session.join(name, target);
    });
  // Returning users look for their recent rooms, so the list is first. Users in a room look for another room, so the form is
  // first.
  const isInRoom = rooms.some(({ writer }) => !writer);
  const recentRooms = <RecentRooms session={session} savedData={savedData} summaries={rooms} />;

  return (
    <main class="start">
      <Brand />
      {!link && <p class="tagline">Create a room, share its number, and start chatting.</p>}
      <Notice text={notice} dismiss={() => session.dismissNotice()} />
      {problem && (
        <p class="notice bad" role="alert">
          {problem}
        </p>
      )}
      {leftRoom && !problem && !linkedRoom && (
        <p class="notice" role="status">
          You left the room.{' '}
          <button type="button" class="inline" onClick={() => setLinkedRoom(leftRoom)}>
            Rejoin
          </button>
        </p>
      )}
      {link && linkedRoom ? (
        <InvitationForm
          link={link}
          name={savedData.recentRooms().find(({ room }) => room === linkedRoom)?.name ?? link.name}
          isMissing={linkedRoom === missingRoom}
          isRefused={linkedRoom === refusedRoom}
          recreate={
            linkedRoom === missingRoom && savedData.recentRooms().some(({ room }) => room === linkedRoom)
              ? submit((name) => void session.recreate(name, linkedRoom))
              : undefined
          }
          join={join(link)}
          username={username}
          setUsername={setUsername}
        />
      ) : (
        <>
          {!isInRoom && recentRooms}
          <div class="card">
            <NameField username={username} setUsername={setUsername} form="create" />
            <div class="forms">
              <CreateForm create={(room, kind) => submit((name) => void session.create(name, room, kind))} />
              <JoinForm join={join} error={roomError} needsUsername={username.trim() === ''} />
            </div>
          </div>
          {isInRoom && recentRooms}
        </>
      )}
      <footer>
        {linkedRoom !== 'lobby' && <a href="#lobby">Visit the lobby</a>}
        <a href="broadcast.html">Broadcast to everyone</a>
      </footer>
    </main>
  );
}
