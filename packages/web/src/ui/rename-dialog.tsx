import { useState } from 'preact/hooks';
import type { Session } from '../chat/session';
import { Dialog } from './dialog';
import { NameField } from './name-field';

interface Props {
  session: Session;
  username: string;
  close: () => void;
}

/** Shows a modal dialog in which users change their name. */
export function RenameDialog({ session, username, close }: Props) {
  const [newName, setNewName] = useState(username);
  const [problem, setProblem] = useState<string>();
  const submit = async (event: Event) => {
    event.preventDefault();
    setProblem(await session.rename(newName.trim()));
  };
  return (
    <Dialog title="Change your name" close={close}>
      {() => (
        <form class="controls" onSubmit={(event) => void submit(event)}>
          <NameField username={newName} setUsername={setNewName} />
          <button type="submit" class="primary" disabled={newName.trim() === username}>
            Save
          </button>
          <p class="problem bad" role="alert">
            {problem}
          </p>
        </form>
      )}
    </Dialog>
  );
}
