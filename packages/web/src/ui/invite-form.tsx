import { useState } from 'preact/hooks';
import { roomUrl } from '../chat/room-link';
import type { RoomState } from '../chat/room-state';
import type { Session } from '../chat/session';
import { Share } from './share';
import { useOperation } from './use-operation';

interface Props {
  session: Session;
  room: Pick<RoomState, 'room' | 'name' | 'you'>;
  onCreate: () => void;
}

const WEEK_SECONDS = 604_800;

/** The maximum that the server accepts. */
const MAX_USES = 1000;

/** Shows a form in which a moderator creates an invite, and the link of the new invite. */
export function InviteForm({ session, room: { room, name, you }, onCreate }: Props) {
  const [uses, setUses] = useState(1);
  const [invite, setInvite] = useState<string>();
  const { problem, run } = useOperation(session, onCreate);
  const submit = (event: Event) => {
    event.preventDefault();
    run(async (joined) => setInvite((await joined.invite({ uses, expiresInSeconds: WEEK_SECONDS })).invite));
  };
  const changeUses = (value: number) => {
    setUses(value);
    setInvite(undefined);
  };
  return (
    <>
      <form class="controls" onSubmit={submit}>
        <label class="field">
          <span>Invite</span>
          <select value={uses} onChange={(event) => changeUses(Number(event.currentTarget.value))}>
            <option value={1}>One person</option>
            <option value={MAX_USES}>Anyone, for a week</option>
          </select>
        </label>
        <button type="submit" class={invite ? 'secondary' : 'primary'}>
          Create invite
        </button>
        <p class="problem bad" role="alert">
          {problem}
        </p>
        <p role="status">
          {invite &&
            (uses === 1
              ? 'One person can join with this link within a week.'
              : 'Anyone with this link can join for a week.')}
        </p>
      </form>
      {invite && (
        <Share key={invite} link={roomUrl(room, location.href, { invite, name, inviter: you.username })} />
      )}
    </>
  );
}
