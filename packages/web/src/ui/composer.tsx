import type { RefObject } from 'preact';
import { useEffect, useLayoutEffect, useState } from 'preact/hooks';
import type { SavedData } from '../chat/saved-data';
import { UpIcon } from './icons';

interface Props {
  /** Receives the text field. */
  field: RefObject<HTMLTextAreaElement | null>;
  room: string;
  savedData: SavedData;
  /** The maximum length of a message in UTF-8 bytes. */
  textBytes: number;
  send: (text: string) => void;
  /** Called when the user enters text. */
  onType: () => void;
  /** Called when the user presses the up arrow in the empty field. */
  editLast: () => void;
}

/** The counter is shown when fewer bytes than this are left. */
const COUNTER_BYTES = 400;

const encoder = new TextEncoder();

/** Returns whether the device has a keyboard. On touch screens, the on-screen keyboard would cover the messages. */
export function hasKeyboard(): boolean {
  return matchMedia('(hover: hover)').matches;
}

/** Focuses the text field, unless that opens the on-screen keyboard. */
export function focusWithoutKeyboard(field: HTMLTextAreaElement): void {
  if (hasKeyboard()) field.focus();
}

/** Returns whether the key sends the text of a field with several lines. */
export function isSubmitKey(event: KeyboardEvent): boolean {
  // Enter confirms the input method's suggestion. Safari reports composition only by key code 229.
  const isComposing = event.isComposing || event.keyCode === 229;
  return event.key === 'Enter' && !event.shiftKey && !isComposing;
}

/** Shows the form for writing a message. Saves the unsent text as the room's draft. */
export function Composer({ field, room, savedData, textBytes, send, onType, editLast }: Props) {
  const [text, setText] = useState(() => savedData.draft(room));
  const bytesLeft = textBytes - encoder.encode(text).length;
  const isTooLong = bytesLeft < 0;
  const showsCounter = bytesLeft < COUNTER_BYTES;
  const canSend = text.trim() !== '' && !isTooLong;

  useEffect(() => {
    if (field.current) focusWithoutKeyboard(field.current);
  }, []);

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
  const submit = (event: Event) => {
    event.preventDefault();
    if (!canSend) return;
    send(text);
    changeText('');
    field.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (isSubmitKey(event)) submit(event);
    if (event.key === 'ArrowUp' && text === '' && !event.isComposing) {
      event.preventDefault();
      editLast();
    }
  };

  return (
    <form class="composer" onSubmit={submit}>
      <div class="input-row">
        <textarea
          ref={field}
          rows={1}
          dir="auto"
          value={text}
          onInput={(event) => {
            changeText(event.currentTarget.value);
            if (event.currentTarget.value.trim() !== '') onType();
          }}
          onKeyDown={onKeyDown}
          placeholder="Write a message"
          aria-label="Message"
          aria-describedby={showsCounter ? 'counter' : undefined}
          aria-invalid={isTooLong ? true : undefined}
          enterkeyhint="send"
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

function formatBytes(count: number): string {
  return `${count} ${count === 1 ? 'byte' : 'bytes'}`;
}
