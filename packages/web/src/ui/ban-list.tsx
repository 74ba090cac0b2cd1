import type { Ban } from '@roomcast/client';
import { useEffect, useState } from 'preact/hooks';
import { formatShort } from '../chat/date-format';
import type { Session } from '../chat/session';
import { Avatar } from './avatar';
import { useOperation } from './use-operation';
import { formatName, UserName } from './user-name';

interface Props {
  session: Session;
  /** The users who are banned from the room. */
  bans: readonly Ban[];
  /** The users whose names look like another user's name. */
  lookAlikes: ReadonlySet<string>;
}

const STATUS_MS = 10_000;

/** Lists banned users with buttons that end the bans. */
export function BanList({ session, bans, lookAlikes }: Props) {
  const [ended, setEnded] = useState<string>();
  const { problem, run } = useOperation(session, () => undefined);
  useEffect(() => {
    const timer = setTimeout(() => setEnded(undefined), STATUS_MS);
    return () => clearTimeout(timer);
  }, [ended]);
  const endBan = (userId: string, username: string) =>
    run(async (room) => {
      await session.unban(room, userId);
      setEnded(username);
    });
  return (
    <section class="bans" aria-label="Bans">
      {bans.length > 0 && (
        <>
          <h2>Banned</h2>
          <ul>
            {bans.map(({ userId, username = 'Someone', until }) => {
              const user = { userId, username };
              const isLookAlike = username === 'Someone' || lookAlikes.has(userId);
              return (
                <li key={userId}>
                  <Avatar user={user} />
                  <span class="name">
                    <UserName user={user} isLookAlike={isLookAlike} />
                    {until && (
                      <span class="details">
                        <small>until {formatShort(Date.parse(until), Date.now())}</small>
                      </span>
                    )}
                  </span>
                  <button
                    type="button"
                    class="inline"
                    aria-label={`End ban of ${formatName(user, isLookAlike)}`}
                    onClick={() => endBan(userId, username)}
                  >
                    End ban
                  </button>
                </li>
              );
            })}
          </ul>
        </>
      )}
      <p role="status">
        {ended && (
          <>
            <bdi>{ended}</bdi> can join again.
          </>
        )}
      </p>
      <p class="bad" role="alert">
        {problem}
      </p>
    </section>
  );
}
