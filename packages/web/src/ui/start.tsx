import { useState } from 'preact/hooks';
import type { Memory } from '../chat/memory';
import type { Session } from '../chat/session';
import { Brand } from './brand';
import { CreateForm } from './create-form';
import { InvitedForm } from './invited-form';
import { JoinForm } from './join-form';
import { NameField } from './name-field';
import { setRoomLink } from './use-room-link';
import { Visits } from './visits';

interface Props {
  session: Session;
  memory: Memory;
  /** The room that the page's address names. */
  linked?: string;
  problem?: string;
  /** The room that was asked for and is not there. */
  unknown?: string;
  left?: string;
}

/** Where one says who one is, and which room it shall be. */
export function Start({ session, memory, linked, problem, unknown, left }: Props) {
  const [name, setName] = useState(memory.name);
  const [wish, setWish] = useState<string>();
  const go = (enter: (username: string) => void) => (event: Event) => {
    event.preventDefault();
    memory.name = name.trim();
    enter(name.trim());
  };
  const join = (room: string | undefined) =>
    go((username) => {
      setWish(room ? undefined : 'A room has a number of nine digits, such as 483 920 117.');
      if (room) void session.join(username, room);
    });

  return (
    <main class="start">
      <Brand />
      <p class="tagline">Make a room, share its number, talk.</p>
      {problem && (
        <p class="notice bad" role="alert">
          {problem}
        </p>
      )}
      {left && !problem && !linked && (
        <p class="notice" role="status">
          You have left the room.{' '}
          <button type="button" class="inline" onClick={() => setRoomLink(left)}>
            Go back in
          </button>
        </p>
      )}
      {linked ? (
        <InvitedForm
          room={linked}
          isUnknown={linked === unknown}
          join={join(linked)}
          name={name}
          setName={setName}
        />
      ) : (
        <>
          <div class="card">
            <NameField name={name} setName={setName} form="create" />
            <div class="ways">
              <CreateForm create={(room) => go((username) => void session.create(username, room))} />
              <JoinForm join={join} wish={wish} needsName={name.trim() === ''} />
            </div>
          </div>
          <Visits memory={memory} />
        </>
      )}
      <footer>
        {linked !== 'lobby' && <a href="#lobby">Visit the lobby</a>}
        <a href="broadcast.html">Broadcast to everyone</a>
      </footer>
    </main>
  );
}
