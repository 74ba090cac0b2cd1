import { formatUnread, type Unread } from '../chat/room-summary';

/** Larger numbers do not fit. */
const MAX_COUNT = 99;

/** Shows the number of unread messages of a room, and whether one of them mentions this user. */
export function UnreadCount({ room }: { room?: Unread }) {
  if (!room?.unreadCount) return null;
  return (
    <span class={room.isMentioned ? 'unread mentioned' : 'unread'}>
      {room.isMentioned && '@ '}
      {room.unreadCount > MAX_COUNT ? `${MAX_COUNT}+` : formatUnread(room)}
      <span class="visually-hidden"> unread{room.isMentioned && ', you are mentioned'}</span>
    </span>
  );
}
