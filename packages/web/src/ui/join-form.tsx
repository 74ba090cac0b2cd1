import { useState } from 'preact/hooks';
import { parseRoomLink, type RoomLink } from '../chat/room-link';

interface Props {
  join: (link: RoomLink | undefined) => (event: Event) => void;
  error?: string;
  needsUsername: boolean;
}

/** Shows the form for joining a room by its number or link. */
export function JoinForm({ join, error, needsUsername }: Props) {
  const [text, setText] = useState('');
  const submit = (event: Event) => {
    // The name field belongs to the create form, so the browser does not validate it here.
    const nameField = document.querySelector<HTMLInputElement>('input[name=username]');
    if (needsUsername && nameField) {
      event.preventDefault();
      nameField.reportValidity();
    } else join(parseRoomLink(text))(event);
  };
  return (
    <form onSubmit={submit}>
      <h2>Join a room</h2>
      <label class="field">
        Room number or link
        <input
          name="room"
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
          required
          autoComplete="off"
          placeholder="483 920 117"
          aria-invalid={error ? true : undefined}
          aria-describedby={error ? 'room-error' : undefined}
        />
      </label>
      {error && (
        <p id="room-error" class="hint bad" role="alert">
          {error}
        </p>
      )}
      <button type="submit" class="secondary">
        Join room
      </button>
    </form>
  );
}
