import type { RoomState } from '../chat/room-state';
import { Avatar } from './avatar';
import { CrossIcon } from './icons';

interface Props {
  state: RoomState;
  close: () => void;
}

/** Who is here. */
export function People({ state, close }: Props) {
  const { members, memberCount, you } = state;
  const others = members.filter(({ userId }) => userId !== you.userId);
  const sorted = [you, ...others.sort((a, b) => a.username.localeCompare(b.username))];
  const more = memberCount - sorted.length;
  return (
    <aside class="people" id="people" aria-labelledby="people-title">
      <header>
        <h2 id="people-title">
          Here now <span class="count">{Math.max(memberCount, sorted.length)}</span>
        </h2>
        <button type="button" class="icon close" aria-label="Close the list of people" onClick={close}>
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
      {more > 0 && <p class="more">and {more} more</p>}
    </aside>
  );
}
