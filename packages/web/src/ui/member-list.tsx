import type { RoomState } from '../chat/room-state';
import { Avatar } from './avatar';
import { CrossIcon } from './icons';

interface Props {
  state: RoomState;
  close: () => void;
}

/** Lists the loaded members of the room: this user first, then the others by name. */
export function MemberList({ state, close }: Props) {
  const { members, memberCount, you } = state;
  const others = members.filter(({ userId }) => userId !== you.userId);
  const sorted = [you, ...others.sort((a, b) => a.username.localeCompare(b.username))];
  const unlisted = memberCount - sorted.length;
  return (
    <aside class="members" id="members" aria-labelledby="members-title">
      <header>
        <h2 id="members-title">
          In this room <span class="count">{Math.max(memberCount, sorted.length)}</span>
        </h2>
        <button type="button" class="icon close" aria-label="Close member list" onClick={close}>
          <CrossIcon />
        </button>
      </header>
      <ul>
        {sorted.map((member) => (
          <li key={member.userId}>
            <Avatar user={member} />
            <bdi>{member.username}</bdi>
            {member.userId === you.userId && <small>you</small>}
          </li>
        ))}
      </ul>
      {unlisted > 0 && <p class="unlisted">and {unlisted} more</p>}
    </aside>
  );
}
