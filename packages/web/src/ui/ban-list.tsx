import type { User } from '@roomcast/client';
import { useState } from 'preact/hooks';
import type { Session } from '../chat/session';
import { Avatar } from './avatar';
import { useOperation } from './use-operation';
import { formatName, UserName } from './user-name';

interface Props {
  session: Session;
  /** The users whom this user banned from the room. */
  users: readonly User[];
  /** The users whose names look like another user's name. */
  lookAlikes: ReadonlySet<string>;
}

/** Lists banned users with buttons that end the bans. */
export function BanList({ session, users, lookAlikes }: Props) {
  const [ended, setEnded] = useState<User>();
  const { problem, run } = useOperation(session, () => undefined);
  const endBan = (user: User) =>
    run(async (room) => {
      await session.unban(room, user);
      setEnded(user);
    });
  return (
    <section class="bans" aria-label="Bans">
      {users.length > 0 && (
        <>
          <h2>Banned by you</h2>
          <ul>
            {users.map((user) => (
              <li key={user.userId}>
                <Avatar user={user} />
                <span class="name">
                  <UserName user={user} isLookAlike={lookAlikes.has(user.userId)} />
                </span>
                <button
                  type="button"
                  class="inline"
                  aria-label={`End ban of ${formatName(user, lookAlikes.has(user.userId))}`}
                  onClick={() => endBan(user)}
                >
                  End ban
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
      <p role="status">
        {ended && (
          <>
            <bdi>{ended.username}</bdi> can join again.
          </>
        )}
      </p>
      <p class="bad" role="alert">
        {problem}
      </p>
    </section>
  );
}
