import type { RoomState } from '../chat/room-state';

/** Announces new events to screen readers. History is never announced. */
export function Announcer({ announcements }: Pick<RoomState, 'announcements'>) {
  return (
    <div class="visually-hidden announcer" aria-live="polite" aria-relevant="additions">
      {announcements.map(({ key, text }) => (
        <p key={key}>{text}</p>
      ))}
    </div>
  );
}
