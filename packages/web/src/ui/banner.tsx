import type { ConnectionStatus } from '../chat/chat-state';

const TEXTS: Record<ConnectionStatus, string> = {
  connecting: 'Connecting…',
  online: '',
  'catching-up': 'Catching up…',
  offline: 'Offline. Messages will be sent when you reconnect.',
};

/**
 * Shows the connection status. The element is always rendered, because screen readers announce only changes to existing
 * elements.
 */
export function Banner({ connection }: { connection: ConnectionStatus }) {
  return (
    <p class={`banner ${connection}`} role="status">
      {TEXTS[connection]}
    </p>
  );
}
