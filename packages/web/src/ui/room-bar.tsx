import type { RefObject } from 'preact';
import { isModerator } from '../chat/roles';
import { formatRoom } from '../chat/room-link';
import type { RoomState } from '../chat/room-state';
import type { Unread } from '../chat/room-summary';
import { LeaveIcon, PeopleIcon, RoomsIcon, SearchIcon, SettingsIcon, ShareIcon } from './icons';
import type { OpenDialog } from './room-dialogs';
import { UnreadCount } from './unread-count';

/** A part of the page that a button shows and hides. */
export interface Panel {
  isOpen: boolean;
  toggle: () => void;
}

interface Props {
  room: RoomState;
  rooms: Panel;
  members: Panel;
  search: Panel;
  searchButton: RefObject<HTMLButtonElement | null>;
  /** The unread messages of the other rooms, unless the page lists these rooms. */
  unreadElsewhere?: Unread;
  openDialog: (dialog: OpenDialog) => void;
  leave: () => void;
}

/** Shows the title of the room, and the buttons for its panels and dialogs. */
export function RoomBar({ room, rooms, members, search, searchButton, ...props }: Props) {
  const { unreadElsewhere, openDialog, leave } = props;
  return (
    <header class="bar">
      <button
        type="button"
        class="tool"
        aria-expanded={rooms.isOpen}
        aria-controls="rooms"
        aria-label="Rooms"
        aria-describedby="unread-elsewhere"
        onClick={rooms.toggle}
      >
        <RoomsIcon />
        <span id="unread-elsewhere">{unreadElsewhere && <UnreadCount room={unreadElsewhere} />}</span>
      </button>
      <Title room={room} />
      <button
        type="button"
        class="tool"
        aria-expanded={members.isOpen}
        aria-controls="members"
        aria-label={`Members: ${room.memberCount}`}
        onClick={members.toggle}
      >
        <PeopleIcon />
        <span>{room.memberCount}</span>
      </button>
      <button
        ref={searchButton}
        type="button"
        class="tool"
        aria-expanded={search.isOpen}
        aria-label="Search"
        onClick={search.toggle}
      >
        <SearchIcon />
      </button>
      {!room.isMissing && (
        <button type="button" class="tool" aria-label="Share" onClick={() => openDialog({ kind: 'share' })}>
          <ShareIcon />
          <span class="tool-label">Share</span>
        </button>
      )}
      {isModerator(room.role) && !room.isMissing && (
        <button
          type="button"
          class="tool"
          aria-label="Room settings"
          onClick={() => openDialog({ kind: 'settings' })}
        >
          <SettingsIcon />
        </button>
      )}
      <button type="button" class="tool" aria-label="Leave" onClick={leave}>
        <LeaveIcon />
        <span class="tool-label">Leave</span>
      </button>
    </header>
  );
}

function Title({ room: { room, name, topic } }: Pick<Props, 'room'>) {
  return (
    <div class="title">
      <h1 title={name}>
        <bdi>{name ?? (room === 'lobby' ? 'Lobby' : 'Room')}</bdi>
      </h1>
      {room !== 'lobby' && (
        <p class="code" translate={false}>
          {formatRoom(room)}
        </p>
      )}
      {topic && (
        <p class="topic">
          <bdi>{topic}</bdi>
        </p>
      )}
    </div>
  );
}
