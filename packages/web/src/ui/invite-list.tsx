import type { Invite } from '@roomcast/client';
import { useEffect, useState } from 'preact/hooks';
import { formatShort } from '../chat/date-format';
import type { Session } from '../chat/session';
import { useOperation } from './use-operation';

/** Lists the invites that can be used, with buttons that revoke them. Loads the invites once, when the list is shown. */
export function InviteList({ session }: { session: Session }) {
  const [invites, setInvites] = useState<readonly Invite[]>([]);
  const { problem, run } = useOperation(session, () => undefined);
  useEffect(() => run(async (room) => setInvites((await room.invites()).invites)), []);
  const revoke = (inviteId: string) =>
    run(async (room) => {
      await room.revokeInvite(inviteId);
      setInvites((all) => all.filter((invite) => invite.inviteId !== inviteId));
    });
  return (
    <section class="invites" aria-label="Invites that can be used">
      {invites.length > 0 && (
        <>
          <h3>Invites that can be used</h3>
          <ul>
            {invites.map(({ inviteId, by, usesLeft, expiresAt }) => {
              const text = `${usesLeft === 1 ? 'One person' : `${usesLeft} people`}, until ${formatShort(Date.parse(expiresAt), Date.now())}`;
              return (
                <li key={inviteId}>
                  <span>
                    {text}{' '}
                    <small>
                      by <bdi>{by.username}</bdi>
                    </small>
                  </span>
                  <button
                    type="button"
                    class="inline"
                    aria-label={`Revoke: ${text}`}
                    onClick={() => revoke(inviteId)}
                  >
                    Revoke
                  </button>
                </li>
              );
            })}
          </ul>
        </>
      )}
      <p class="bad" role="alert">
        {problem}
      </p>
    </section>
  );
}
