import { useState } from 'preact/hooks';
import type { Memory } from '../chat/memory';
import { roomIn, spoken } from '../chat/room-link';
import type { Session } from '../chat/session';
import { Brand } from './brand';
import { setRoomLink } from './use-room-link';
import { Visits } from './visits';

interface Props {
  session: Session;
  memory: Memory;
  /** The room that the page's address names. */
  linked?: string;
  problem?: string;
  left?: string;
}

/** Where one says who one is, and which room it shall be. */
export function Start({ session, memory, linked, problem, left }: Props) {
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
        <form class="card" onSubmit={join(linked)}>
          <h2>{linked === 'lobby' ? 'You are about to enter the lobby' : 'You are invited'}</h2>
          {linked !== 'lobby' && (
            <p class="number" translate={false}>
              {spoken(linked)}
            </p>
          )}
          <NameField name={name} setName={setName} />
          <button type="submit" class="primary">
            Join the room
          </button>
          <button type="button" class="quiet" onClick={() => setRoomLink(undefined)}>
            Do something else
          </button>
        </form>
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
        <a href="#lobby">Visit the lobby</a>
        <a href="broadcast.html">Broadcast to everyone</a>
      </footer>
    </main>
  );
}

interface NameProps {
  name: string;
  setName: (name: string) => void;
  /** The form it belongs to, where it stands outside. */
  form?: string;
}

function NameField({ name, setName, form }: NameProps) {
  return (
    <label class="field">
      Your name
      <input
        name="username"
        form={form}
        value={name}
        onInput={(event) => setName(event.currentTarget.value)}
        required
        pattern=".*\S.*"
        title="At least one character"
        maxLength={32}
        autoComplete="nickname"
      />
    </label>
  );
}

function CreateForm({ create }: { create: (room: string) => (event: Event) => void }) {
  const [room, setRoom] = useState('');
  return (
    <form id="create" onSubmit={create(room.trim())}>
      <h2>New room</h2>
      <label class="field">
        <span>
          Its name <small>if you like</small>
        </span>
        <input
          name="room-name"
          value={room}
          onInput={(event) => setRoom(event.currentTarget.value)}
          maxLength={64}
          autoComplete="off"
          placeholder="Book club"
        />
      </label>
      <button type="submit" class="primary">
        Create the room
      </button>
    </form>
  );
}

interface JoinProps {
  join: (room: string | undefined) => (event: Event) => void;
  wish?: string;
  needsName: boolean;
}

function JoinForm({ join, wish, needsName }: JoinProps) {
  const [text, setText] = useState('');
  const submit = (event: Event) => {
    const name = document.querySelector<HTMLInputElement>('input[name=username]');
    // The name is in another form, which is not checked when this one is sent.
    if (needsName && name) {
      event.preventDefault();
      name.reportValidity();
    } else join(roomIn(text))(event);
  };
  return (
    <form onSubmit={submit}>
      <h2>Join one</h2>
      <label class="field">
        Its number or link
        <input
          name="room"
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
          required
          autoComplete="off"
          placeholder="483 920 117"
          aria-invalid={wish ? true : undefined}
          aria-describedby={wish ? 'wish' : undefined}
        />
      </label>
      {wish && (
        <p id="wish" class="hint bad" role="alert">
          {wish}
        </p>
      )}
      <button type="submit" class="secondary">
        Join the room
      </button>
    </form>
  );
}
