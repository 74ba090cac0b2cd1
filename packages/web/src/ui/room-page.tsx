import { useEffect, useState } from 'preact/hooks';
import type { ChatState } from '../chat/chat-state';
import { formatRoom } from '../chat/room-link';
import type { RoomState } from '../chat/room-state';
import type { SavedData } from '../chat/saved-data';
import type { Session } from '../chat/session';
import mark from '../images/mark.svg';
import { Announcer } from './announcer';
import { Banner } from './banner';
import { Composer } from './composer';
import { LeaveIcon, PeopleIcon, ShareIcon } from './icons';
import { Log } from './log';
import { MemberList } from './member-list';
import { Share } from './share';
import { ShareDialog } from './share-dialog';
import { setLinkedRoom } from './use-linked-room';

interface Props {
  session: Session;
  savedData: SavedData;
  state: ChatState;
  room: RoomState;
}

/** From this width on, the member list is next to the log. On narrower screens it covers the log. Also in room.css. */
const WIDE_SCREEN = '(min-width: 60rem)';

export function RoomPage({ session, savedData, state, room }: Props) {
  const [showsMembers, setShowsMembers] = useState(() => matchMedia(WIDE_SCREEN).matches);
  const [showsShare, setShowsShare] = useState(false);

  useEffect(() => {
    const wideScreen = matchMedia(WIDE_SCREEN);
    const onChange = () => setShowsMembers(wideScreen.matches);
    wideScreen.addEventListener('change', onChange);
    return () => wideScreen.removeEventListener('change', onChange);
  }, []);

  return (
    <div class={showsMembers ? 'room with-members' : 'room'}>
      <header class="bar">
        <img src={mark} alt="" width="32" height="32" />
        <div class="title">
          <h1>
            <bdi>{room.name ?? (room.room === 'lobby' ? 'Lobby' : 'Room')}</bdi>
          </h1>
          {room.room !== 'lobby' && (
            <p class="code" translate={false}>
              {formatRoom(room.room)}
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
        <button type="button" class="tool" aria-label="Share" onClick={() => setShowsShare(true)}>
          <ShareIcon />
          <span class="tool-label">Share</span>
        </button>
        <button type="button" class="tool" aria-label="Leave" onClick={() => setLinkedRoom(undefined)}>
          <LeaveIcon />
          <span class="tool-label">Leave</span>
        </button>
      </header>
      <main>
        <Banner connection={state.connection} />
        <Log
          key={room.room}
          state={room}
          empty={<Empty room={room.room} />}
          retry={(message) => session.retry(message)}
          discard={(clientMsgId) => session.discard(clientMsgId)}
          loadOlder={() => void session.loadOlder()}
          setAtEnd={(isAtEnd) => session.setAtEnd(isAtEnd)}
        />
        <Announcer announcements={room.announcements} />
        <Composer
          key={`composer-${room.room}`}
          room={room.room}
          savedData={savedData}
          textBytes={state.textBytes}
          send={(text) => session.send(text)}
        />
      </main>
      {showsMembers && <MemberList state={room} close={() => setShowsMembers(false)} />}
      {showsShare && <ShareDialog room={room.room} close={() => setShowsShare(false)} />}
    </div>
  );
}

function Empty({ room }: { room: string }) {
  return (
    <section class="empty" aria-labelledby="empty-title">
      <span class="waves" aria-hidden="true" />
      <h2 id="empty-title">No messages yet</h2>
      <p>Send the first message, or invite people. Anyone with the number or the link can join.</p>
      <Share room={room} />
    </section>
  );
}
