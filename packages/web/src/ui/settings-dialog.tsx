import { useState } from 'preact/hooks';
import type { RoomState } from '../chat/room-state';
import type { Session } from '../chat/session';
import { Dialog } from './dialog';
import { useOperation } from './use-operation';

interface Props {
  session: Session;
  room: Pick<RoomState, 'name' | 'topic' | 'slowModeSeconds' | 'writers' | 'writeAfterSeconds'>;
  close: () => void;
}

/** The maximum that the server accepts. */
const MAX_SLOW_MODE_SECONDS = 6 * 3600;

/** The times after which new members can write, in seconds. */
const WRITE_AFTER = [
  [0, 'At once'],
  [60, 'After 1 minute'],
  [600, 'After 10 minutes'],
  [3600, 'After 1 hour'],
] as const;

/** Shows a modal dialog in which a moderator changes the settings of the room. */
export function SettingsDialog({ close, ...props }: Props) {
  return (
    <Dialog title="Room settings" close={close}>
      {(hide) => <Controls {...props} close={hide} />}
    </Dialog>
  );
}

function Controls({ session, room, close }: Props) {
  const [name, setName] = useState(room.name ?? '');
  const [topic, setTopic] = useState(room.topic ?? '');
  const [slowModeSeconds, setSlowModeSeconds] = useState(room.slowModeSeconds ?? 0);
  const [writers, setWriters] = useState(room.writers ?? 'everyone');
  const [writeAfterSeconds, setWriteAfterSeconds] = useState(room.writeAfterSeconds ?? 0);
  const { problem, run } = useOperation(session, close);
  const submit = (event: Event) => {
    event.preventDefault();
    const settings = { topic: topic.trim(), slowModeSeconds, writers, writeAfterSeconds };
    run((joined) => joined.setRoom({ ...settings, ...(name.trim() ? { name: name.trim() } : {}) }));
  };
  return (
    <form class="controls" onSubmit={submit}>
      <label class="field">
        <span>Name</span>
        <input value={name} maxLength={64} onInput={(event) => setName(event.currentTarget.value)} />
      </label>
      <label class="field">
        <span>Topic</span>
        <input value={topic} maxLength={256} onInput={(event) => setTopic(event.currentTarget.value)} />
      </label>
      <label class="field">
        <span>Seconds between two messages of a user (0: no limit)</span>
        <input
          type="number"
          min={0}
          max={MAX_SLOW_MODE_SECONDS}
          value={slowModeSeconds}
          onInput={(event) => setSlowModeSeconds(event.currentTarget.valueAsNumber || 0)}
        />
      </label>
      <label class="field">
        <span>Who can write</span>
        <select value={writers} onChange={(event) => setWriters(event.currentTarget.value as typeof writers)}>
          <option value="everyone">Everyone</option>
          <option value="signedIn">Signed-in users, not guests</option>
        </select>
      </label>
      <label class="field">
        <span>When new members can write</span>
        <select
          value={writeAfterSeconds}
          onChange={(event) => setWriteAfterSeconds(Number(event.currentTarget.value))}
        >
          {WRITE_AFTER.map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
      </label>
      <button type="submit" class="primary">
        Save
      </button>
      <p class="problem bad" role="alert">
        {problem}
      </p>
    </form>
  );
}
