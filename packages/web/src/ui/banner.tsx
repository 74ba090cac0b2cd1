import type { Connection } from '../chat/chat-state';

const TEXTS: Record<Connection, string> = {
  connecting: 'Connecting…',
  online: '',
  'catching-up': 'Catching up…',
  offline: 'Offline. What you write is sent later.',
};

/** How it stands with the connection. Always there, so that a change is announced; seen only when it matters. */
export function Banner({ connection }: { connection: Connection }) {
  return (
    <p class={`banner ${connection}`} role="status">
      {TEXTS[connection]}
    </p>
  );
}
