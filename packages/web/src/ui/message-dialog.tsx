import { useState } from 'preact/hooks';
import type { MessageRow } from '../chat/rows';
import type { Session } from '../chat/session';
import { copyText } from './copy-text';
import { Dialog } from './dialog';
import { useOperation } from './use-operation';

interface Props {
  session: Session;
  /** A message in the room log. */
  message: MessageRow;
  mayEdit: boolean;
  mayDelete: boolean;
  close: () => void;
}

/** Shows a modal dialog with the actions for a message. Everyone can copy it, its author can edit it, and moderators can delete it. */
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

function Controls({ session, message: { seq = 0, text }, mayEdit, mayDelete, close }: Props) {
  const [newText, setNewText] = useState(text);
  const [copied, setCopied] = useState<string>();
  const { problem, run } = useOperation(session, close);
  const submit = (event: Event) => {
    event.preventDefault();
    run((room) => room.editMessage(seq, newText));
  };
  const copy = async () =>
    setCopied((await copyText(text)) ? 'Text copied' : 'Could not copy. Select the text and copy it.');
  return (
    <form class="controls" onSubmit={submit}>
      {mayEdit ? (
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
        {mayEdit && (
          <button type="submit" class="primary" disabled={newText.trim() === '' || newText === text}>
            Save
          </button>
        )}
        <button type="button" class="secondary" onClick={() => void copy()}>
          Copy text
        </button>
        {mayDelete && (
          <button type="button" class="danger" onClick={() => run((room) => room.deleteMessage(seq))}>
            Delete message
          </button>
        )}
      </div>
      <p class="hint" role="status">
        {copied}
      </p>
      <p class="problem bad" role="alert">
        {problem}
      </p>
    </form>
  );
}
