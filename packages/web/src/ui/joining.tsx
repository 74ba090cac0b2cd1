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

/** Shows the progress of joining a room. */
export function Joining({ connection, cancel }: Props) {
  return (
    <main class="start">
      <Brand />
      <section class="card joining">
        <span class="waves" aria-hidden="true" />
        <p role="status">{TEXTS[connection]}</p>
        <button type="button" class="secondary" onClick={cancel}>
          Cancel
        </button>
      </section>
    </main>
  );
}
