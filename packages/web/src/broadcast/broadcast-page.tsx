import { useState } from 'preact/hooks';
import { Brand } from '../ui/brand';
import { type Outcome, post } from './post';

/** A text to everyone who is connected, for whoever has the key. The key is kept for as long as the page is open. */
export function BroadcastPage() {
  const [key, setKey] = useState('');
  const [message, setMessage] = useState('');
  const [isSending, setIsSending] = useState(false);
  const [outcome, setOutcome] = useState<Outcome>();

  const submit = async (event: Event) => {
    event.preventDefault();
    if (isSending) return;
    setIsSending(true);
    setOutcome(undefined);
    const result = await post(key.trim(), message);
    setOutcome(result);
    setIsSending(false);
    if (result.isSent) setMessage('');
  };

  return (
    <main class="start">
      <Brand />
      <p class="tagline">Tell everyone who is connected, in every room.</p>
      <form class="card" onSubmit={submit}>
        <label class="field">
          Broadcast key
          <input
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
            placeholder="We close in ten minutes."
          />
        </label>
        <div>
          <button type="submit" class="primary" aria-disabled={isSending}>
            {isSending ? 'Sending…' : 'Send to everyone'}
          </button>
        </div>
        <p class={outcome?.isSent ? 'notice result' : 'notice bad result'} role="status">
          {outcome?.text}
        </p>
      </form>
      <footer>
        <a href="./">To the chat</a>
      </footer>
    </main>
  );
}
