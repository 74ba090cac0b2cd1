import { useState } from 'preact/hooks';
import { roomIn } from '../chat/room-link';

interface Props {
  join: (room: string | undefined) => (event: Event) => void;
  wish?: string;
  needsName: boolean;
}

/** A room that there is, by its number or a link to it. */
export function JoinForm({ join, wish, needsName }: Props) {
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
