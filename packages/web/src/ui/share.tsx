import { useState } from 'preact/hooks';
import { formatRoom, roomUrl } from '../chat/room-link';

/** Shows a room's number and link with buttons that copy them. */
export function Share({ room }: { room: string }) {
  const [status, setStatus] = useState('');
  const link = roomUrl(room, location.href);
  const copy = async (text: string, label: string) => {
    const isCopied = await navigator.clipboard?.writeText(text).then(
      () => true,
      () => false,
    );
    setStatus(isCopied ? `${label} copied` : 'Could not copy. Select the text and copy it.');
  };
  return (
    <div class="share">
      {room !== 'lobby' && (
        <p class="number" translate={false}>
          {formatRoom(room)}
        </p>
      )}
      <p class="link" translate={false}>
        {link}
      </p>
      <div class="buttons">
        <button type="button" class="primary" onClick={() => copy(link, 'Link')}>
          Copy link
        </button>
        {room !== 'lobby' && (
          <button type="button" class="secondary" onClick={() => copy(room, 'Number')}>
            Copy number
          </button>
        )}
      </div>
      <p class="hint" role="status">
        {status}
      </p>
    </div>
  );
}
