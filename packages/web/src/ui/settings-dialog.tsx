import { useState } from 'preact/hooks';
import type { RoomState } from '../chat/room-state';
import type { Session } from '../chat/session';
import { Dialog } from './dialog';
import { useOperation } from './use-operation';

interface Props {
  session: Session;
  room: Pick<RoomState, 'name' | 'topic' | 'slowModeSeconds'>;
  close: () => void;
}

/** The maximum that the server accepts. */
const MAX_SLOW_MODE_SECONDS = 6 * 3600;

/** Shows a modal dialog in which a moderator changes the name, the topic and the slow mode of the room. */
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
  const { problem, run } = useOperation(session, close);
  const submit = (event: Event) => {
    event.preventDefault();
    run((joined) => joined.setRoom({ name: name.trim() || undefined, topic: topic.trim(), slowModeSeconds }));
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
      <button type="submit" class="primary">
        Save
      </button>
      <p class="problem bad" role="alert">
        {problem}
      </p>
    </form>
  );
}
