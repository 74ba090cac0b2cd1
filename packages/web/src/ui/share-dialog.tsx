import { useEffect, useRef } from 'preact/hooks';
import { CrossIcon } from './icons';
import { Share } from './share';

interface Props {
  room: string;
  close: () => void;
}

/** Shows a modal dialog with the room's number and link. Escape or a click on the backdrop closes it. */
export function ShareDialog({ room, close }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const onClick = (event: MouseEvent) => {
    if (event.target === dialog.current) dialog.current?.close();
  };
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: a modal dialog handles Escape
    <dialog ref={dialog} class="card" aria-labelledby="share-title" onClose={close} onClick={onClick}>
      <header>
        <h2 id="share-title">Invite people</h2>
        <button type="button" class="icon" aria-label="Close" onClick={() => dialog.current?.close()}>
          <CrossIcon />
        </button>
      </header>
      <Share room={room} />
    </dialog>
  );
}
