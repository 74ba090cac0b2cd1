import { useState } from 'preact/hooks';
import type { MessageRow } from '../chat/rows';
import type { Session } from '../chat/session';
import { Dialog } from './dialog';
import { useOperation } from './use-operation';

interface Props {
  session: Session;
  /** A message in the room log. */
  message: MessageRow;
  close: () => void;
}

/** Shows a modal dialog in which an author edits a message, and an author or a moderator deletes it. */
export function MessageDialog({ close, ...props }: Props) {
  return (
    <Dialog
      title={props.message.isOwn ? 'Your message' : `Message from ${props.message.from.username}`}
      close={close}
    >
      {(hide) => <Controls {...props} close={hide} />}
    </Dialog>
  );
}

function Controls({ session, message: { seq = 0, text, isOwn }, close }: Props) {
  const [newText, setNewText] = useState(text);
  const { problem, run } = useOperation(session, close);
  const submit = (event: Event) => {
    event.preventDefault();
    run((room) => room.editMessage(seq, newText));
  };
  return (
    <form class="controls" onSubmit={submit}>
      {isOwn ? (
        <label class="field">
          <span>Text</span>
          <textarea
            rows={4}
            dir="auto"
            value={newText}
            onInput={(event) => setNewText(event.currentTarget.value)}
          />
        </label>
      ) : (
        <p class="quote" dir="auto">
          {text}
        </p>
      )}
      <div class="buttons">
        {isOwn && (
          <button type="submit" class="primary" disabled={newText.trim() === '' || newText === text}>
            Save
          </button>
        )}
        <button type="button" class="danger" onClick={() => run((room) => room.deleteMessage(seq))}>
          Delete message
        </button>
      </div>
      <p class="problem bad" role="alert">
        {problem}
      </p>
    </form>
  );
}
