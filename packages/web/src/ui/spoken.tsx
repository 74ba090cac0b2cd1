import type { RoomState } from '../chat/room-state';

/** Says what happens to those who do not see it: what is new, and never what is loaded from history. */
export function Spoken({ spoken }: Pick<RoomState, 'spoken'>) {
  return (
    <div class="hidden spoken" aria-live="polite" aria-relevant="additions">
      {spoken.map(({ key, text }) => (
        <p key={key}>{text}</p>
      ))}
    </div>
  );
}
