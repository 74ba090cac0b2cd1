import { useRef, useState } from 'preact/hooks';
import type { MessageRow } from '../chat/rows';
import type { Session } from '../chat/session';
import { Confirmation } from './confirmation';
import { copyText } from './copy-text';
import { Dialog } from './dialog';
import { isSubmitKey } from './keyboard';
import { ReactionPicker } from './reactions';
import { useOperation } from './use-operation';

interface Props {
  session: Session;
  /** A message in the room log. */
  message: MessageRow;
  mayReply: boolean;
  mayEdit: boolean;
  mayDelete: boolean;
  close: () => void;
  /** Called when the message is deleted. A deleted message has no control that could receive the focus. */
  onDelete: () => void;
  /** Called when the dialog is closed and the user wants to reply. */
  onReply: () => void;
}

/**
 * Shows a modal dialog with the actions for a message. Everyone can react to the message, reply to it and copy it. Its author
 * can edit it, and moderators can delete it.
 */
export function MessageDialog({ close: onClose, onDelete, onReply, ...props }: Props) {
  const afterClose = useRef<() => void>(undefined);
  const close = () => {
    onClose();
    afterClose.current?.();
  };
  return (
    <Dialog
      title={props.message.isOwn ? 'Your message' : `Message from ${props.message.from.username}`}
      close={close}
    >
      {(hide) => (
        <Controls
          {...props}
          close={hide}
          onDelete={() => {
            afterClose.current = onDelete;
            hide();
          }}
          onReply={() => {
            afterClose.current = onReply;
            hide();
          }}
        />
      )}
    </Dialog>
  );
}

function Controls(props: Props) {
  const { session, message, mayReply, mayEdit, mayDelete, close, onDelete, onReply } = props;
  const { seq = 0, text } = message;
  const [newText, setNewText] = useState(text);
  const [copied, setCopied] = useState<string>();
  const [isDeleting, setIsDeleting] = useState(false);
  const deleteButton = useRef<HTMLButtonElement>(null);
  const { problem, run } = useOperation(session, close);
  const submit = (event: Event) => {
    event.preventDefault();
    if (newText === text) close();
    else if (newText.trim() !== '') run((room) => room.editMessage(seq, newText));
  };
  const copy = async () =>
    setCopied((await copyText(text)) ? 'Text copied' : 'Could not copy. Select the text and copy it.');
  if (isDeleting) {
    const cancel = () => {
      setIsDeleting(false);
      requestAnimationFrame(() => deleteButton.current?.focus()); // The button is on the page after the next render.
    };
    return <ConfirmDeletion session={session} seq={seq} text={text} cancel={cancel} onDelete={onDelete} />;
  }
  return (
    <form class="controls" onSubmit={submit}>
      {mayEdit ? (
        <label class="field">
          <span>Text</span>
          <textarea
            rows={4}
            dir="auto"
            value={newText}
            onKeyDown={(event) => isSubmitKey(event) && submit(event)}
            onInput={(event) => setNewText(event.currentTarget.value)}
          />
        </label>
      ) : (
        <p class="quote" dir="auto">
          {text}
        </p>
      )}
      {mayReply && (
        <ReactionPicker
          reactions={message.reactions ?? []}
          react={(emoji, remove) => {
            void session.react(seq, emoji, remove);
            close();
          }}
        />
      )}
      <div class="buttons">
        {mayReply && (
          <button type="button" class="secondary" onClick={onReply}>
            Reply
          </button>
        )}
        {mayEdit && (
          <button type="submit" class="primary" disabled={newText.trim() === '' || newText === text}>
            Save
          </button>
        )}
        <button type="button" class="secondary" onClick={() => void copy()}>
          Copy text
        </button>
        {mayDelete && (
          <button ref={deleteButton} type="button" class="danger" onClick={() => setIsDeleting(true)}>
            Delete message…
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

interface ConfirmDeletionProps extends Pick<Props, 'session' | 'onDelete'> {
  seq: number;
  text: string;
  cancel: () => void;
}

/** Asks whether to delete the message. */
function ConfirmDeletion({ session, seq, text, cancel, onDelete }: ConfirmDeletionProps) {
  const { problem, run } = useOperation(session, onDelete);
  return (
    <Confirmation
      question="Delete this message for everyone? You cannot undo this."
      labels={{ cancel: 'Keep message', confirm: 'Delete for everyone' }}
      problem={problem}
      cancel={cancel}
      confirm={() => run((room) => room.deleteMessage(seq))}
    >
      <p class="quote" dir="auto">
        {text}
      </p>
    </Confirmation>
  );
}
