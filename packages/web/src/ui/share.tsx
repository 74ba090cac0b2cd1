import { useState } from 'preact/hooks';
import { formatRoom } from '../chat/room-link';
import { copyText } from './copy-text';

interface Props {
  link: string;
  /** The room's number. Undefined if the number is not sufficient to join. */
  number?: string;
}

/** Shows the link to a room, and the room's number, with buttons that copy them. */
export function Share({ link, number }: Props) {
  const [status, setStatus] = useState('');
  const copy = async (text: string, label: string) => {
    setStatus((await copyText(text)) ? `${label} copied` : 'Could not copy. Select the text and copy it.');
  };
  return (
    <div class="share">
      {number && (
        <p class="number" translate={false}>
          {formatRoom(number)}
        </p>
      )}
      <p class="link" translate={false}>
        {link}
      </p>
      <div class="buttons">
        <button type="button" class="primary" onClick={() => copy(link, 'Link')}>
          Copy link
        </button>
        {number && (
          <button type="button" class="secondary" onClick={() => copy(number, 'Number')}>
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
