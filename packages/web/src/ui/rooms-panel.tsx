import { Dialog } from './dialog';
import { RoomList, type RoomListProps } from './room-list';

interface Props extends RoomListProps {
  /** Whether the list covers the log. Otherwise, the list is next to the log. */
  isDrawer: boolean;
  close: () => void;
}

/** Shows the room list next to the log, or in a modal drawer that closes when the user chooses a room. */
export function RoomsPanel({ isDrawer, close, ...list }: Props) {
  if (!isDrawer) {
    return (
      <nav class="rooms" id="rooms" aria-label="Rooms">
        <RoomList {...list} />
      </nav>
    );
  }
  return (
    <Dialog title="Rooms" class="drawer" close={close}>
      {(hide) => (
        <nav class="rooms" id="rooms" aria-label="Rooms">
          <RoomList {...list} onSelect={hide} />
        </nav>
      )}
    </Dialog>
  );
}
