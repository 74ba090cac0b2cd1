import { useState } from 'preact/hooks';

interface Props {
  create: (room: string) => (event: Event) => void;
}

export function CreateForm({ create }: Props) {
  const [room, setRoom] = useState('');
  return (
    <form id="create" onSubmit={create(room.trim())}>
      <h2>Create a room</h2>
      <label class="field">
        <span>
          Room name <small>(optional)</small>
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
        Create room
      </button>
    </form>
  );
}
