import type { RoomKind } from '@roomcast/client';
import { useState } from 'preact/hooks';

interface Props {
  create: (room: string, kind: RoomKind) => (event: Event) => void;
}

export function CreateForm({ create }: Props) {
  const [room, setRoom] = useState('');
  const [kind, setKind] = useState<RoomKind>('open');
  return (
    <form id="create" onSubmit={create(room.trim(), kind)}>
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
      <label class="field">
        Who can join
        <select name="kind" value={kind} onChange={(event) => setKind(event.currentTarget.value as RoomKind)}>
          <option value="open">Anyone with the number</option>
          <option value="invite">Invited people only</option>
        </select>
      </label>
      <button type="submit" class="primary">
        Create room
      </button>
    </form>
  );
}
