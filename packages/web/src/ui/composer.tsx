import type { User } from '@roomcast/client';
import type { RefObject } from 'preact';
import { useEffect, useLayoutEffect, useState } from 'preact/hooks';
import type { Quote as QuotedMessage } from '../chat/quotes';
import type { SavedData } from '../chat/saved-data';
import { CrossIcon, UpIcon } from './icons';
import { focusWithoutKeyboard, hasKeyboard, isComposing, isSubmitKey } from './keyboard';
import { MentionList, mentionId } from './mention-list';
import { Quote } from './quote';
import { useMentions } from './use-mentions';

/** The message to which the user is writing a reply. */
interface Reply {
  quote: QuotedMessage | undefined;
  /** The user ID of this user. */
  you: string;
  /** Turns the reply into an ordinary message. */
  end: () => void;
}

interface Props {
  /** Receives the text field. */
  field: RefObject<HTMLTextAreaElement | null>;
  room: string;
  savedData: SavedData;
  /** The users that can be mentioned. */
  users: readonly User[];
  /** The users whose names look like another user's name. */
  lookAlikes: ReadonlySet<string>;
  /** The maximum length of a message in UTF-8 bytes. */
  textBytes: number;
  reply?: Reply;
  send: (text: string) => void;
  /** Called when the user enters text. */
  onType: () => void;
  /** Called when the user presses the up arrow in the empty field. */
  editLast: () => void;
}

/** The counter is shown when fewer bytes than this are left. */
const COUNTER_BYTES = 400;

const encoder = new TextEncoder();

/** Shows the form for writing a message. Saves the unsent text as the room's draft. */
export function Composer({
  field,
  room,
  savedData,
  users,
  lookAlikes,
  textBytes,
  reply,
  send,
  onType,
  editLast,
}: Props) {
  const [text, setText] = useState(() => savedData.draft(room));
  const bytesLeft = textBytes - encoder.encode(text).length;
  const isTooLong = bytesLeft < 0;
  const showsCounter = bytesLeft < COUNTER_BYTES;
  const canSend = text.trim() !== '' && !isTooLong;

  useEffect(() => focusWithoutKeyboard(field.current), []);

  // Grows the field with its text. The style sheet limits the height.
  useLayoutEffect(() => {
    const { current: element } = field;
    if (!element) return;
    element.style.height = 'auto';
    element.style.height = `${element.scrollHeight}px`;
  }, [text]);

  const changeText = (next: string) => {
    setText(next);
    savedData.saveDraft(room, next);
  };
  const mentions = useMentions({ field, text, users, changeText });
  const submit = (event: Event) => {
    event.preventDefault();
    if (!canSend) return;
    send(text);
    changeText('');
    reply?.end();
    field.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (isComposing(event) || mentions.handleKey(event)) return;
    if (isSubmitKey(event)) submit(event);
    if (event.key === 'Escape') reply?.end();
    if (event.key === 'ArrowUp' && text === '') {
      event.preventDefault();
      editLast();
    }
  };

  return (
    <form class="composer" onSubmit={submit}>
      {mentions.active && (
        <MentionList
          id="mentions"
          users={mentions.suggestions}
          active={mentions.active}
          lookAlikes={lookAlikes}
          choose={mentions.choose}
        />
      )}
      {reply && <ReplyLine reply={reply} field={field} />}
      <div class="input-row">
        <textarea
          ref={field}
          rows={1}
          dir="auto"
          value={text}
          onInput={(event) => {
            changeText(event.currentTarget.value);
            mentions.readCursor();
            if (event.currentTarget.value.trim() !== '') onType();
          }}
          onKeyDown={onKeyDown}
          onKeyUp={mentions.readCursor}
          onClick={mentions.readCursor}
          onBlur={mentions.leave}
          placeholder="Write a message"
          aria-label="Message"
          // A text area cannot have the role combobox: https://www.w3.org/TR/html-aria/#el-textarea
          aria-autocomplete="list"
          aria-haspopup="listbox"
          aria-controls={mentions.active && 'mentions'}
          aria-activedescendant={mentions.active && mentionId(mentions.active)}
          aria-describedby={showsCounter ? 'counter' : undefined}
          aria-invalid={isTooLong ? true : undefined}
          enterkeyhint={hasKeyboard() ? 'send' : 'enter'}
        />
        <button type="submit" class="send" aria-label="Send" disabled={!canSend}>
          <UpIcon />
        </button>
      </div>
      <p id="counter" class={isTooLong ? 'counter bad' : 'counter'} role="status">
        {showsCounter &&
          (isTooLong ? `Too long by ${formatBytes(-bytesLeft)}` : `${formatBytes(bytesLeft)} left`)}
      </p>
    </form>
  );
}

/** Shows to which message the user is writing a reply. */
function ReplyLine({ reply, field }: { reply: Reply; field: Props['field'] }) {
  const end = () => {
    reply.end();
    field.current?.focus();
  };
  return (
    <div class="reply" role="status">
      <span class="quoted">
        <span class="visually-hidden">Reply to </span>
        <Quote quote={reply.quote} you={reply.you} />
      </span>
      <button type="button" class="icon" aria-label="Do not reply to this message" onClick={end}>
        <CrossIcon />
      </button>
    </div>
  );
}

function formatBytes(count: number): string {
  return `${count} ${count === 1 ? 'byte' : 'bytes'}`;
}
