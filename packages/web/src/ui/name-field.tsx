interface Props {
  name: string;
  setName: (name: string) => void;
  /** The form it belongs to, where it stands outside. */
  form?: string;
}

/** Who one is, for others in the room. */
export function NameField({ name, setName, form }: Props) {
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
