import type { RoomState } from '../chat/room-state';
import type { Session } from '../chat/session';
import { ShareRoom } from './share-room';

/** Replaces the messages of a room that has none. */
export function EmptyRoom({ session, room }: { session: Session; room: RoomState }) {
  return (
    <section class="empty" aria-labelledby="empty-title">
      <span class="waves" aria-hidden="true" />
      <h2 id="empty-title">No messages yet</h2>
      <p>Send the first message{room.kind === 'direct' ? '.' : ', or invite people.'}</p>
      <ShareRoom session={session} room={room} />
    </section>
  );
}
