import type { RoomSummary } from '../chat/room-summary';
import { Dialog } from './dialog';
import { RoomList } from './room-list';

interface Props {
  rooms: readonly RoomSummary[];
  /** The room that is shown. */
  current: string;
  /** Whether to cover the log. Otherwise, the list is next to it. */
  isDrawer: boolean;
  close: () => void;
}

/** Shows the room list next to the log, or in a modal drawer that closes when the user chooses a room. */
export function RoomsPanel({ rooms, current, isDrawer, close }: Props) {
  if (!isDrawer) {
    return (
      <nav class="rooms" id="rooms" aria-label="Rooms">
        <RoomList rooms={rooms} current={current} />
      </nav>
    );
  }
  return (
    <Dialog title="Rooms" class="drawer" close={close}>
      {(hide) => (
        <nav class="rooms" id="rooms" aria-label="Rooms">
          <RoomList rooms={rooms} current={current} onSelect={hide} />
        </nav>
      )}
    </Dialog>
  );
}
