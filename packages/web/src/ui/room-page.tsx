import type { User } from '@roomcast/client';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { ChatState } from '../chat/chat-state';
import { findLookAlikes } from '../chat/look-alikes';
import { isModerator } from '../chat/roles';
import { formatRoom } from '../chat/room-link';
import type { RoomMember, RoomState } from '../chat/room-state';
import { sumUnread } from '../chat/room-summary';
import { findEditable, type MessageRow } from '../chat/rows';
import type { SavedData } from '../chat/saved-data';
import type { Session } from '../chat/session';
import { Announcer } from './announcer';
import { Banner } from './banner';
import { Composer, focusWithoutKeyboard } from './composer';
import { LeaveIcon, PeopleIcon, RoomsIcon, SearchIcon, SettingsIcon, ShareIcon } from './icons';
import { Log } from './log';
import { MemberDialog } from './member-dialog';
import { MemberList } from './member-list';
import { MessageDialog } from './message-dialog';
import { MissingRoom } from './missing-room';
import { Notice } from './notice';
import { RenameDialog } from './rename-dialog';
import { RoomsPanel } from './rooms-panel';
import { SearchBar } from './search-bar';
import { SettingsDialog } from './settings-dialog';
import { ShareDialog } from './share-dialog';
import { ShareRoom } from './share-room';
import { TypingLine } from './typing-line';
import { UnreadCount } from './unread-count';
import { setLinkedRoom } from './use-linked-room';

interface Props {
  session: Session;
  savedData: SavedData;
  state: ChatState;
  room: RoomState;
}

/** The modal dialog that is open. */
type OpenDialog =
  | { kind: 'share' | 'settings' | 'rename' }
  | { kind: 'member'; member: RoomMember }
  | { kind: 'message'; message: MessageRow };

/** From this width on, the lists of rooms and members are next to the log. On narrower screens, they cover it. Also in room.css. */
const WIDE_SCREEN = '(min-width: 60rem)';

export function RoomPage({ session, savedData, state, room }: Props) {
  const [isWide, setIsWide] = useState(() => matchMedia(WIDE_SCREEN).matches);
  const [showsMembers, setShowsMembers] = useState(isWide);
  const [showsRooms, setShowsRooms] = useState(isWide);
  const [dialog, setDialog] = useState<OpenDialog>();
  const lookAlikes = useMemo(() => findLookAlikes(listUsers(room)), [room.members, room.items, room.you]);
  /** The room in which the search is open. */
  const [searchedRoom, setSearchedRoom] = useState<string>();
  const [found, setFound] = useState<string>();
  const composer = useRef<HTMLTextAreaElement>(null);
  const searchButton = useRef<HTMLButtonElement>(null);
  const closeDialog = () => setDialog(undefined);
  const focusComposer = () => composer.current && focusWithoutKeyboard(composer.current);
  const editLast = () => {
    const message = findEditable(room);
    if (message) setDialog({ kind: 'message', message });
  };
  const isSearching = searchedRoom === room.room;
  const closeSearch = () => {
    setSearchedRoom(undefined);
    searchButton.current?.focus();
  };
  const leave = () => {
    session.leave();
    setLinkedRoom(undefined);
  };

  useEffect(() => {
    const wideScreen = matchMedia(WIDE_SCREEN);
    const onChange = () => {
      setIsWide(wideScreen.matches);
      setShowsMembers(wideScreen.matches);
      setShowsRooms(wideScreen.matches);
    };
    wideScreen.addEventListener('change', onChange);
    return () => wideScreen.removeEventListener('change', onChange);
  }, []);

  const others = state.rooms.filter((each) => each.room !== room.room);
  const unreadElsewhere = sumUnread(others);
  // Messages in other rooms do not change the log.
  const log = useMemo(
    () => (
      <Log
        key={room.room}
        state={room}
        empty={<Empty session={session} room={room} />}
        retry={(message) => session.retry(message)}
        discard={(clientMsgId) => session.discard(clientMsgId)}
        loadOlder={() => void session.loadOlder()}
        loadNewer={() => void session.loadNewer()}
        loadLatest={() => void session.loadLatest()}
        setAtEnd={(isAtEnd) => session.setAtEnd(isAtEnd)}
        scrollPositions={session.scrollPositions}
        showActions={(message) => setDialog({ kind: 'message', message })}
        lookAlikes={lookAlikes}
        found={found}
        onJump={focusComposer}
      />
    ),
    [session, room, lookAlikes, found],
  );

  return (
    <div
      class={['room', showsRooms && 'with-rooms', showsMembers && 'with-members'].filter(Boolean).join(' ')}
    >
      <header class="bar">
        <button
          type="button"
          class="tool"
          aria-expanded={showsRooms}
          aria-controls="rooms"
          aria-label="Rooms"
          aria-describedby="unread-elsewhere"
          onClick={() => setShowsRooms(!showsRooms)}
        >
          <RoomsIcon />
          <span id="unread-elsewhere">
            {!(showsRooms && isWide) && <UnreadCount room={unreadElsewhere} />}
          </span>
        </button>
        <div class="title">
          <h1 title={room.name}>
            <bdi>{room.name ?? (room.room === 'lobby' ? 'Lobby' : 'Room')}</bdi>
          </h1>
          {room.room !== 'lobby' && (
            <p class="code" translate={false}>
              {formatRoom(room.room)}
            </p>
          )}
          {room.topic && (
            <p class="topic">
              <bdi>{room.topic}</bdi>
            </p>
          )}
        </div>
        <button
          type="button"
          class="tool"
          aria-expanded={showsMembers}
          aria-controls="members"
          aria-label={`Members: ${room.memberCount}`}
          onClick={() => setShowsMembers(!showsMembers)}
        >
          <PeopleIcon />
          <span>{room.memberCount}</span>
        </button>
        <button
          ref={searchButton}
          type="button"
          class="tool"
          aria-expanded={isSearching}
          aria-label="Search"
          onClick={() => (isSearching ? closeSearch() : setSearchedRoom(room.room))}
        >
          <SearchIcon />
        </button>
        {!room.isMissing && (
          <button type="button" class="tool" aria-label="Share" onClick={() => setDialog({ kind: 'share' })}>
            <ShareIcon />
            <span class="tool-label">Share</span>
          </button>
        )}
        {isModerator(room.role) && !room.isMissing && (
          <button
            type="button"
            class="tool"
            aria-label="Room settings"
            onClick={() => setDialog({ kind: 'settings' })}
          >
            <SettingsIcon />
          </button>
        )}
        <button type="button" class="tool" aria-label="Leave" onClick={leave}>
          <LeaveIcon />
          <span class="tool-label">Leave</span>
        </button>
      </header>
      {showsRooms && (
        <RoomsPanel
          savedData={savedData}
          rooms={state.rooms}
          current={room.room}
          isDrawer={!isWide}
          close={() => setShowsRooms(false)}
        />
      )}
      <main>
        <Banner connection={state.connection} />
        <Notice text={state.notice} dismiss={() => session.dismissNotice()} />
        {isSearching && (
          <SearchBar
            key={`search-${room.room}`}
            state={room}
            loadOlder={() => void session.loadOlder()}
            onFind={setFound}
            close={closeSearch}
          />
        )}
        {log}
        <Announcer announcements={room.announcements} />
        {state.showsTyping && !room.isMissing && <TypingLine users={room.typing} />}
        {room.isMissing ? (
          <MissingRoom
            unsentText={savedData.draft(room.room)}
            recreate={() => void session.recreate(room.you.username, room.room)}
          />
        ) : (
          <Composer
            key={`composer-${room.room}`}
            field={composer}
            room={room.room}
            savedData={savedData}
            users={room.members.filter(({ userId }) => userId !== room.you.userId)}
            lookAlikes={lookAlikes}
            textBytes={state.textBytes}
            send={(text) => session.send(text)}
            onType={() => session.announceTyping()}
            editLast={editLast}
          />
        )}
      </main>
      {showsMembers && (
        <MemberList
          session={session}
          state={room}
          savedData={savedData}
          lookAlikes={lookAlikes}
          manage={(member) => setDialog({ kind: 'member', member })}
          rename={() => setDialog({ kind: 'rename' })}
          close={() => setShowsMembers(false)}
        />
      )}
      {dialog?.kind === 'share' && <ShareDialog session={session} room={room} close={closeDialog} />}
      {dialog?.kind === 'settings' && <SettingsDialog session={session} room={room} close={closeDialog} />}
      {dialog?.kind === 'rename' && (
        <RenameDialog session={session} username={room.you.username} close={closeDialog} />
      )}
      {dialog?.kind === 'member' && (
        <MemberDialog session={session} member={dialog.member} role={room.role} close={closeDialog} />
      )}
      {dialog?.kind === 'message' && (
        <MessageDialog
          session={session}
          message={dialog.message}
          mayEdit={dialog.message.isOwn && !room.isMissing}
          mayDelete={(dialog.message.isOwn || isModerator(room.role)) && !room.isMissing}
          close={closeDialog}
          onDelete={focusComposer}
        />
      )}
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

function Empty({ session, room }: Pick<Props, 'session' | 'room'>) {
  return (
    <section class="empty" aria-labelledby="empty-title">
      <span class="waves" aria-hidden="true" />
      <h2 id="empty-title">No messages yet</h2>
      <p>Send the first message{room.kind === 'direct' ? '.' : ', or invite people.'}</p>
      <ShareRoom session={session} room={room} />
    </section>
  );
}
