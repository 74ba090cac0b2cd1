import type { Role } from '@roomcast/client';
import { useRef, useState } from 'preact/hooks';
import { lowerRoles } from '../chat/roles';
import type { RoomMember } from '../chat/room-state';
import type { Session } from '../chat/session';
import { Confirmation } from './confirmation';
import { Dialog } from './dialog';
import { useOperation } from './use-operation';

interface Props {
  session: Session;
  member: RoomMember;
  /** The role of this user. */
  role: Role;
  close: () => void;
}

/** The durations of bans in seconds, their labels, and their wording in the confirmation question. 0 is a permanent ban. */
const DURATIONS = [
  [3600, '1 hour', 'for 1 hour'],
  [86_400, '1 day', 'for 1 day'],
  [604_800, '7 days', 'for 7 days'],
  [0, 'Permanently', 'permanently'],
] as const;

/** Shows a modal dialog in which a moderator sets the role of a member, or removes or bans the member. */
export function MemberDialog({ close, ...props }: Props) {
  return (
    <Dialog title={`Manage ${props.member.username}`} close={close}>
      {(hide) => <Controls {...props} close={hide} />}
    </Dialog>
  );
}

function Controls({ session, member, role, close }: Props) {
  const { userId } = member;
  const [newRole, setNewRole] = useState<Role>(member.role ?? 'member');
  const [seconds, setSeconds] = useState(3600);
  const [hasAddress, setHasAddress] = useState(false);
  const [isBanning, setIsBanning] = useState(false);
  const banButton = useRef<HTMLButtonElement>(null);
  const { problem, run } = useOperation(session, close);
  const submit = (event: Event) => {
    event.preventDefault();
    run((room) => room.setRole(userId, newRole));
  };
  if (isBanning) {
    const cancel = () => {
      setIsBanning(false);
      requestAnimationFrame(() => banButton.current?.focus()); // The button is on the page after the next render.
    };
    const duration = DURATIONS.find(([value]) => value === seconds)?.[2];
    return (
      <Confirmation
        question={
          <>
            Ban <bdi>{member.username}</bdi> from this room {duration}?
            {hasAddress && ' New guests at the same network address cannot join for up to a day.'}
          </>
        }
        labels={{ cancel: 'Cancel', confirm: 'Ban' }}
        problem={problem}
        cancel={cancel}
        confirm={() =>
          run((room) => session.ban(room, member, seconds || undefined, { address: hasAddress }))
        }
      />
    );
  }
  return (
    <form class="controls" onSubmit={submit}>
      <div class="field-row">
        <label class="field">
          <span>Role</span>
          <select value={newRole} onChange={(event) => setNewRole(event.currentTarget.value as Role)}>
            {lowerRoles(role).map((each) => (
              <option key={each} value={each}>
                {each}
              </option>
            ))}
          </select>
        </label>
        <button type="submit" class="secondary">
          Set role
        </button>
      </div>
      <div class="field-row">
        <label class="field">
          <span>Ban for</span>
          <select value={seconds} onChange={(event) => setSeconds(Number(event.currentTarget.value))}>
            {DURATIONS.map(([value, label]) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </select>
        </label>
        <button ref={banButton} type="button" class="danger" onClick={() => setIsBanning(true)}>
          Ban…
        </button>
      </div>
      {userId.startsWith('g-') && (
        <label>
          <input
            type="checkbox"
            checked={hasAddress}
            onChange={(event) => setHasAddress(event.currentTarget.checked)}
          />
          Ban other guests at the same network address too, for a day at most
        </label>
      )}
      <button type="button" class="danger" onClick={() => run((room) => room.kick(userId))}>
        Remove from the room
      </button>
      <p class="problem bad" role="alert">
        {problem}
      </p>
    </form>
  );
}
