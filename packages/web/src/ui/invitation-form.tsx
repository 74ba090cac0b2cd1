import { formatRoom } from '../chat/room-link';
import { NameField } from './name-field';
import { setLinkedRoom } from './use-linked-room';

interface Props {
  /** The room in the URL fragment. */
  room: string;
  isMissing: boolean;
  /** Creates a room in place of the missing one. Undefined if the user was never in it. */
  recreate?: (event: Event) => void;
  join: (event: Event) => void;
  username: string;
  setUsername: (username: string) => void;
}

/** Shows the form for joining the room of an opened link. */
export function InvitationForm({ room, isMissing, recreate, join, username, setUsername }: Props) {
  return (
    <form class="card" onSubmit={recreate ?? join}>
      {!isMissing && <h2>{room === 'lobby' ? 'Join the lobby' : 'You are invited to a room'}</h2>}
      {room !== 'lobby' && (
        <p class="number" translate={false}>
          {formatRoom(room)}
        </p>
      )}
      <NameField username={username} setUsername={setUsername} />
      <button type="submit" class="primary">
        {recreate ? 'Create it again' : 'Join room'}
      </button>
      <button type="button" class="inline" onClick={() => setLinkedRoom(undefined)}>
        Create or join another room
      </button>
    </form>
  );
}
