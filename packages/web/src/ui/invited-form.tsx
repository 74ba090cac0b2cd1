import { spoken } from '../chat/room-link';
import { NameField } from './name-field';
import { setRoomLink } from './use-room-link';

interface Props {
  /** The room that the page's address names. */
  room: string;
  /** It was asked for, and there is none. */
  isUnknown: boolean;
  join: (event: Event) => void;
  name: string;
  setName: (name: string) => void;
}

/** Into the room whose link one has followed. */
export function InvitedForm({ room, isUnknown, join, name, setName }: Props) {
  return (
    <form class="card" onSubmit={join}>
      {!isUnknown && <h2>{room === 'lobby' ? 'You are about to enter the lobby' : 'You are invited'}</h2>}
      {room !== 'lobby' && (
        <p class="number" translate={false}>
          {spoken(room)}
        </p>
      )}
      <NameField name={name} setName={setName} />
      <button type="submit" class="primary">
        Join the room
      </button>
      <button type="button" class="inline" onClick={() => setRoomLink(undefined)}>
        Make or join another room
      </button>
    </form>
  );
}
