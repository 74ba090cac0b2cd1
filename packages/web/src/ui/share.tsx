import { useState } from 'preact/hooks';
import { linkTo, spoken } from '../chat/room-link';

/** A room's number and its link, to be handed on. */
export function Share({ room }: { room: string }) {
  const [copied, setCopied] = useState('');
  const link = linkTo(room, location.href);
  const copy = async (text: string, what: string) => {
    const done = await navigator.clipboard?.writeText(text).then(
      () => true,
      () => false,
    );
    setCopied(done ? `${what} copied` : 'It could not be copied: select it instead');
  };
  return (
    <div class="share">
      {room !== 'lobby' && (
        <p class="number" translate={false}>
          {spoken(room)}
        </p>
      )}
      <p class="link" translate={false}>
        {link}
      </p>
      <div class="buttons">
        <button type="button" class="primary" onClick={() => copy(link, 'Link')}>
          Copy the link
        </button>
        {room !== 'lobby' && (
          <button type="button" class="secondary" onClick={() => copy(room, 'Number')}>
            Copy the number
          </button>
        )}
      </div>
      <p class="hint" role="status">
        {copied}
      </p>
    </div>
  );
}
