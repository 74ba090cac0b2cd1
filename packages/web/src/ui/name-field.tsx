import { useEffect, useRef } from 'preact/hooks';
import { focusWithoutKeyboard } from './keyboard';

interface Props {
  username: string;
  setUsername: (username: string) => void;
  /** The ID of the form that the field belongs to, if the field is outside it. */
  form?: string;
}

/** Shows the first field of a page. The field receives the focus. */
export function NameField({ username, setUsername, form }: Props) {
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => focusWithoutKeyboard(field.current), []);
  return (
    <label class="field">
      Your name
      <input
        ref={field}
        name="username"
        form={form}
        value={username}
        onInput={(event) => setUsername(event.currentTarget.value)}
        required
        pattern=".*\S.*"
        title="Enter at least one character"
        maxLength={32}
        autoComplete="nickname"
      />
    </label>
  );
}
