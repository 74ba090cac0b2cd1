import type { User } from '@roomcast/client';
import { useMemo, useRef, useState } from 'preact/hooks';
import type { ChatState } from '../chat/chat-state';
import { findLookAlikes } from '../chat/look-alikes';
import type { RoomState } from '../chat/room-state';
import { sumUnread } from '../chat/room-summary';
import type { SavedData } from '../chat/saved-data';
import type { Session } from '../chat/session';
import { Conversation } from './conversation';
import { focusWithoutKeyboard } from './keyboard';
import { MemberList } from './member-list';
import { RoomBar } from './room-bar';
import { type OpenDialog, RoomDialogs } from './room-dialogs';
import { RoomsPanel } from './rooms-panel';
import { setLinkedRoom } from './use-linked-room';
import { usePanels } from './use-panels';

interface Props {
  session: Session;
  savedData: SavedData;
  state: ChatState;
  room: RoomState;
}

/** Shows a room: its conversation, and the lists of rooms and members. */
export function RoomPage({ session, savedData, state, room }: Props) {
  const { isWide, showsMembers, setShowsMembers, showsRooms, setShowsRooms } = usePanels();
  const [dialog, openDialog] = useState<OpenDialog>();
  const lookAlikes = useMemo(() => findLookAlikes(listUsers(room)), [room.members, room.items, room.you]);
  /** The room in which the search is open. */
  const [searchedRoom, setSearchedRoom] = useState<string>();
  /** The message to which the user is writing a reply. */
  const [reply, setReply] = useState<{ room: string; seq: number }>();
  const composer = useRef<HTMLTextAreaElement>(null);
  const searchButton = useRef<HTMLButtonElement>(null);
  const isSearching = searchedRoom === room.room;
  const closeSearch = () => {
    setSearchedRoom(undefined);
    searchButton.current?.focus();
  };
  const toggleSearch = () => (isSearching ? closeSearch() : setSearchedRoom(room.room));
  const leave = () => {
    session.leave();
    setLinkedRoom(undefined);
  };
  const others = state.rooms.filter((each) => each.room !== room.room);
  const classes = ['room', showsRooms && 'with-rooms', showsMembers && 'with-members'];

  return (
    <div class={classes.filter(Boolean).join(' ')}>
      <button type="button" class="skip" onClick={() => composer.current?.focus()}>
        Skip to the message field
      </button>
      <RoomBar
        room={room}
        rooms={{ isOpen: showsRooms, toggle: () => setShowsRooms(!showsRooms) }}
        members={{ isOpen: showsMembers, toggle: () => setShowsMembers(!showsMembers) }}
        search={{ isOpen: isSearching, toggle: toggleSearch }}
        searchButton={searchButton}
        unreadElsewhere={showsRooms && isWide ? undefined : sumUnread(others)}
        openDialog={openDialog}
        leave={leave}
      />
      {showsRooms && (
        <RoomsPanel
          savedData={savedData}
          rooms={state.rooms}
          current={room.room}
          isDrawer={!isWide}
          close={() => setShowsRooms(false)}
        />
      )}
      <Conversation
        {...{ session, savedData, state, room, lookAlikes, openDialog, isSearching, closeSearch, composer }}
        replyTo={reply?.room === room.room ? reply.seq : undefined}
        endReply={() => setReply(undefined)}
      />
      {showsMembers && (
        <MemberList
          session={session}
          state={room}
          savedData={savedData}
          lookAlikes={lookAlikes}
          openDialog={openDialog}
          close={() => setShowsMembers(false)}
        />
      )}
      <RoomDialogs
        session={session}
        room={room}
        dialog={dialog}
        close={() => openDialog(undefined)}
        focusComposer={() => focusWithoutKeyboard(composer.current)}
        startReply={(seq) => {
          setReply({ room: room.room, seq });
          composer.current?.focus();
        }}
      />
    </div>
  );
}

/** Returns the users whose names the page shows. */
function listUsers({ you, members, items }: RoomState): User[] {
  const others = items.flatMap((item) => {
    if (item.kind === 'message') return [item.from];
    return item.kind === 'presence' ? item.changes.map(({ user }) => user) : [];
  });
  return [you, ...members, ...others];
}
