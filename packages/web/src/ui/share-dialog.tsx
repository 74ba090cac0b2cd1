import type { RoomState } from '../chat/room-state';
import type { Session } from '../chat/session';
import { Dialog } from './dialog';
import { ShareRoom } from './share-room';

interface Props {
  session: Session;
  room: RoomState;
  close: () => void;
}

/** Shows a modal dialog with the room's number and link, or with a form for invites. */
export function ShareDialog({ session, room, close }: Props) {
  return (
    <Dialog title="Invite people" close={close}>
      {() => <ShareRoom session={session} room={room} />}
    </Dialog>
  );
}
