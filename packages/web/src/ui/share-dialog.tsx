import { Dialog } from './dialog';
import { Share } from './share';

interface Props {
  room: string;
  close: () => void;
}

/** Shows a modal dialog with the room's number and link. */
export function ShareDialog({ room, close }: Props) {
  return (
    <Dialog title="Invite people" close={close}>
      {() => <Share room={room} />}
    </Dialog>
  );
}
