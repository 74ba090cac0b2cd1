import type { Connection } from '../chat/chat-state';
import { Brand } from './brand';

interface Props {
  connection: Connection;
  cancel: () => void;
}

const TEXTS: Record<Connection, string> = {
  connecting: 'Connecting…',
  online: 'Opening the room…',
  'catching-up': 'Opening the room…',
  offline: 'There is no connection. Trying again…',
};

/** On the way into a room. */
export function Entering({ connection, cancel }: Props) {
  return (
    <main class="start">
      <Brand />
      <section class="card entering">
        <span class="waves" aria-hidden="true" />
        <p role="status">{TEXTS[connection]}</p>
        <button type="button" class="secondary" onClick={cancel}>
          Cancel
        </button>
      </section>
    </main>
  );
}
