interface Props {
  username: string;
  setUsername: (username: string) => void;
  /** The ID of the form that the field belongs to, if the field is outside it. */
  form?: string;
}

export function NameField({ username, setUsername, form }: Props) {
  return (
    <label class="field">
      Your name
      <input
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
