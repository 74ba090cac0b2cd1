import type { Session } from '../chat/session';
import { useOperation } from './use-operation';

/** Shows the checkbox that blocks the other user of a direct room. */
export function BlockToggle({ session, isBlocked = false }: { session: Session; isBlocked?: boolean }) {
  const { problem, run } = useOperation(session, () => undefined);
  return (
    <div class="room-option">
      <label>
        <input
          type="checkbox"
          checked={isBlocked}
          onChange={(event) => {
            const { checked } = event.currentTarget;
            run((room) => session.setBlocked(room, checked));
          }}
        />
        Block: do not announce messages from this person
      </label>
      <p class="hint" role="status">
        {isBlocked && 'The other person is not told.'}
      </p>
      <p class="bad" role="alert">
        {problem}
      </p>
    </div>
  );
}
