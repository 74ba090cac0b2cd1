import type { RefObject, VNode } from 'preact';
import { isModerator } from '../chat/roles';
import { formatRoom } from '../chat/room-link';
import type { RoomState } from '../chat/room-state';
import type { Unread } from '../chat/room-summary';
import { LeaveIcon, MoreIcon, PeopleIcon, RoomsIcon, SearchIcon, SettingsIcon, ShareIcon } from './icons';
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
      <div id="actions" class="actions" popover="auto">
        <Action
          label="Search"
          Icon={SearchIcon}
          button={searchButton}
          isExpanded={search.isOpen}
          act={search.toggle}
        />
        {!room.isMissing && (
          <Action label="Share" Icon={ShareIcon} hasLabel act={() => openDialog({ kind: 'share' })} />
        )}
        {isModerator(room.role) && !room.isMissing && (
          <Action label="Room settings" Icon={SettingsIcon} act={() => openDialog({ kind: 'settings' })} />
        )}
        <Action label="Leave" Icon={LeaveIcon} hasLabel act={leave} />
      </div>
      <button type="button" class="tool more" aria-label="More" popovertarget="actions">
        <MoreIcon />
      </button>
    </header>
  );
}

interface ActionProps {
  label: string;
  Icon: () => VNode;
  /** Whether wide screens show the label. The menu always shows it. */
  hasLabel?: boolean;
  isExpanded?: boolean;
  /** Receives the button. */
  button?: RefObject<HTMLButtonElement | null>;
  act: () => void;
}

/** Shows a button of the bar. On small phones, the button is in a menu, and a click closes the menu. */
function Action({ label, Icon, hasLabel, isExpanded, button, act }: ActionProps) {
  return (
    <button
      ref={button}
      type="button"
      class="tool"
      aria-expanded={isExpanded}
      aria-label={label}
      popovertarget="actions"
      popovertargetaction="hide"
      onClick={act}
    >
      <Icon />
      <span class={hasLabel ? 'tool-label' : 'tool-label menu-label'}>{label}</span>
    </button>
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
