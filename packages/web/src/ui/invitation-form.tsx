import { formatRoom, type RoomLink } from '../chat/room-link';
import { NameField } from './name-field';
import { setLinkedRoom } from './use-linked-room';

interface Props {
  /** The room and the invite in the URL fragment. */
  link: RoomLink;
  /** The room's name, if the user was in the room before or the link contains it. */
  name?: string;
  isMissing: boolean;
  /** Whether the server rejected the join, or a moderator banned the user. The page shows the reason above the form. */
  isRefused: boolean;
  /** Creates a room in place of the missing room. Undefined if the user was never in the missing room. */
  recreate?: (event: Event) => void;
  join: (event: Event) => void;
  username: string;
  setUsername: (username: string) => void;
}

/** Shows the form for joining the room of an opened link. */
export function InvitationForm({ link, name, isMissing, isRefused, recreate, join, ...props }: Props) {
  const { username, setUsername } = props;
  return (
    <form class="card" onSubmit={recreate ?? join}>
      {!isMissing && <h2>{isRefused ? 'You cannot join this room' : heading(link)}</h2>}
      {link.room !== 'lobby' && (
        <div>
          {name && (
            <p class="invited-room">
              <bdi>{name}</bdi>
            </p>
          )}
          {link.inviter && (
            <p>
              Invited by <bdi>{link.inviter}</bdi>
            </p>
          )}
          <p class="number" translate={false}>
            {formatRoom(link.room)}
          </p>
        </div>
      )}
      {!isRefused && <NameField username={username} setUsername={setUsername} />}
      <button type="submit" class={isRefused ? 'secondary' : 'primary'}>
        {recreate ? 'Create it again' : isRefused ? 'Try again' : 'Join room'}
      </button>
      <button type="button" class="inline" onClick={() => setLinkedRoom(undefined)}>
        Create or join another room
      </button>
    </form>
  );
}

/** Only a link with an invite is an invitation. */
function heading({ room, invite }: RoomLink): string {
  if (room === 'lobby') return 'Join the lobby';
  return invite ? 'You are invited to a room' : 'Join this room';
}
