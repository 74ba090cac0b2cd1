import { useEffect, useState } from 'preact/hooks';
import type { ConnectionStatus } from '../chat/chat-state';
import { Brand } from './brand';

interface Props {
  connection: ConnectionStatus;
  cancel: () => void;
}

const TEXTS: Record<ConnectionStatus, string> = {
  connecting: 'Connecting…',
  online: 'Opening the room…',
  'catching-up': 'Opening the room…',
  offline: 'No connection. Retrying…',
};

/** The time in milliseconds after which the client repeats a request that has no reply. */
const SLOW_MS = 10_000;

/** Shows the progress of joining a room. */
export function Joining({ connection, cancel }: Props) {
  const [isSlow, setIsSlow] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setIsSlow(true), SLOW_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <main class="start">
      <Brand />
      <section class="card joining">
        <span class="waves" aria-hidden="true" />
        <p role="status">{TEXTS[connection]}</p>
        <p class="hint" role="status">
          {isSlow && connection !== 'offline' && 'The server is slow to reply. Still trying.'}
        </p>
        <button type="button" class="secondary" onClick={cancel}>
          Cancel
        </button>
      </section>
    </main>
  );
}
