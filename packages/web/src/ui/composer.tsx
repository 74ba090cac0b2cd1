import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Memory } from '../chat/memory';
import { SendIcon } from './icons';

interface Props {
  room: string;
  memory: Memory;
  /** Bytes of UTF-8 that a message may have. */
  textBytes: number;
  send: (text: string) => void;
}

/** How many bytes before the limit it begins to be shown. */
const NEAR_LIMIT = 400;

const encoder = new TextEncoder();

/** Where one writes. What is not sent yet is kept for this room. */
export function Composer({ room, memory, textBytes, send }: Props) {
  const [text, setText] = useState(() => memory.draft(room));
  const field = useRef<HTMLTextAreaElement>(null);
  const left = textBytes - encoder.encode(text).length;
  const canSend = text.trim() !== '' && left >= 0;

  // On a touch screen the keyboard would hide what is said.
  useEffect(() => {
    if (matchMedia('(hover: hover)').matches) field.current?.focus();
  }, []);

  // As high as what is written, up to what the style allows.
  useLayoutEffect(() => {
    const { current: element } = field;
    if (!element) return;
    element.style.height = 'auto';
    element.style.height = `${element.scrollHeight}px`;
  }, [text]);

  const write = (next: string) => {
    setText(next);
    memory.keepDraft(room, next);
  };
  const submit = (event: Event) => {
    event.preventDefault();
    if (!canSend) return;
    send(text);
    write('');
    field.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    // While an input method composes, Enter chooses; Safari tells only by the key code.
    const isComposing = event.isComposing || event.keyCode === 229;
    if (event.key === 'Enter' && !event.shiftKey && !isComposing) submit(event);
  };

  return (
    <form class="composer" onSubmit={submit}>
      <div class="writing">
        <textarea
          ref={field}
          rows={1}
          dir="auto"
          value={text}
          onInput={(event) => write(event.currentTarget.value)}
          onKeyDown={onKeyDown}
          placeholder="Write a message"
          aria-label="Message"
          aria-describedby={left < NEAR_LIMIT ? 'limit' : undefined}
          aria-invalid={left < 0 ? true : undefined}
          enterkeyhint="send"
        />
        <button type="submit" class="send" aria-label="Send" disabled={!canSend}>
          <SendIcon />
        </button>
      </div>
      <p id="limit" class={left < 0 ? 'limit bad' : 'limit'} role="status">
        {left < NEAR_LIMIT && (left < 0 ? `${bytes(-left)} too long` : `${bytes(left)} left`)}
      </p>
    </form>
  );
}

function bytes(count: number): string {
  return `${count} ${count === 1 ? 'byte' : 'bytes'}`;
}
