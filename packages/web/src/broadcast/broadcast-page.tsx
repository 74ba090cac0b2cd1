import { useEffect, useRef, useState } from 'preact/hooks';
import { Brand } from '../ui/brand';
import { focusWithoutKeyboard } from '../ui/keyboard';
import { type BroadcastResult, postBroadcast } from './post-broadcast';

/** Sends a message to all connected users. The key is kept in memory only. */
export function BroadcastPage() {
  const keyField = useRef<HTMLInputElement>(null);
  const [key, setKey] = useState('');
  const [message, setMessage] = useState('');
  const [isSending, setIsSending] = useState(false);
  const [result, setResult] = useState<BroadcastResult>();

  useEffect(() => focusWithoutKeyboard(keyField.current), []);

  const submit = async (event: Event) => {
    event.preventDefault();
    if (isSending) return;
    setIsSending(true);
    setResult(undefined);
    const newResult = await postBroadcast(key.trim(), message);
    setResult(newResult);
    setIsSending(false);
    if (newResult.isSent) setMessage('');
  };

  return (
    <main class="start">
      <Brand />
      <p class="tagline">Send a message to everyone, in every room.</p>
      <form class="card" onSubmit={submit}>
        <label class="field">
          Broadcast key
          <input
            ref={keyField}
            type="password"
            value={key}
            onInput={(event) => setKey(event.currentTarget.value)}
            required
            autoComplete="off"
            spellcheck={false}
          />
        </label>
        <label class="field">
          Announcement
          <textarea
            dir="auto"
            value={message}
            onInput={(event) => setMessage(event.currentTarget.value)}
            required
            placeholder="We are closing in ten minutes."
          />
        </label>
        <div>
          <button type="submit" class="primary" aria-disabled={isSending}>
            {isSending ? 'Sending…' : 'Send to everyone'}
          </button>
        </div>
        <p class={result?.isSent ? 'notice result' : 'notice bad result'} role="status">
          {result?.message}
        </p>
      </form>
      <footer>
        <a href="./">Back to chat</a>
      </footer>
    </main>
  );
}
