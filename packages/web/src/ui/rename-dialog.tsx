import { useState } from 'preact/hooks';
import type { Session } from '../chat/session';
import { Dialog } from './dialog';
import { NameField } from './name-field';

interface Props {
  session: Session;
  username: string;
  close: () => void;
}

/** Shows a modal dialog in which the user changes the name. */
export function RenameDialog({ session, username, close }: Props) {
  const [newName, setNewName] = useState(username);
  const [problem, setProblem] = useState<string>();
  const submit = async (event: Event, hide: () => void) => {
    event.preventDefault();
    const error = await session.rename(newName.trim());
    setProblem(error);
    if (error === undefined) hide();
  };
  return (
    <Dialog title="Change your name" close={close}>
      {(hide) => (
        <form class="controls" onSubmit={(event) => void submit(event, hide)}>
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
