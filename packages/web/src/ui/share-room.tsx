import { useState } from 'preact/hooks';
import { isModerator } from '../chat/roles';
import { roomUrl } from '../chat/room-link';
import type { RoomState } from '../chat/room-state';
import type { Session } from '../chat/session';
import { InviteForm } from './invite-form';
import { InviteList } from './invite-list';
import { Share } from './share';

interface Props {
  session: Session;
  room: Pick<RoomState, 'room' | 'kind' | 'role' | 'name' | 'you'>;
}

/** Shows who can join the room, and what this user can share: an invite, or the link and number of the room. */
export function ShareRoom({ session, room: state }: Props) {
  const { room, kind, role } = state;
  const [inviteCount, setInviteCount] = useState(0);
  const countInvite = () => setInviteCount((count) => count + 1);
  const link = roomUrl(room, location.href);
  if (kind === 'direct')
    return (
      <>
        <p>
          Only the two of you can open this link. Roomcast notifies the other person of your messages while
          they are online. If they are offline, send them the link.
        </p>
        <Share link={link} />
      </>
    );
  if (kind === 'open')
    return (
      <>
        <p>Anyone with the {room === 'lobby' ? '' : 'number or the '}link can join.</p>
        <Share link={link} number={room === 'lobby' ? undefined : room} />
      </>
    );
  return (
    <>
      <p>
        Only invited people can join.{isModerator(role) ? '' : ' The owner and the moderators can invite.'}
      </p>
      {isModerator(role) && (
        <>
          <InviteForm session={session} room={state} onCreate={countInvite} />
          <InviteList key={inviteCount} session={session} />
        </>
      )}
    </>
  );
}
