import { useEffect, useState } from 'preact/hooks';
import type { ChatState } from '../chat/chat-state';
import type { Memory } from '../chat/memory';
import { spoken } from '../chat/room-link';
import type { RoomState } from '../chat/room-state';
import type { Session } from '../chat/session';
import mark from '../images/mark.svg';
import { Banner } from './banner';
import { Composer } from './composer';
import { LeaveIcon, PeopleIcon, ShareIcon } from './icons';
import { Log } from './log';
import { People } from './people';
import { Share } from './share';
import { ShareDialog } from './share-dialog';
import { Spoken } from './spoken';
import { setRoomLink } from './use-room-link';

interface Props {
  session: Session;
  memory: Memory;
  state: ChatState;
  room: RoomState;
}

/** The list of people has room beside the log from this width on. */
const WIDE = '(min-width: 60rem)';

/** The room one is in. */
export function RoomPage({ session, memory, state, room }: Props) {
  const [showsPeople, setShowsPeople] = useState(() => matchMedia(WIDE).matches);
  const [showsShare, setShowsShare] = useState(false);

  // Beside the log the list is welcome; where it would cover the log, it waits to be asked for.
  useEffect(() => {
    const wide = matchMedia(WIDE);
    const follow = () => setShowsPeople(wide.matches);
    wide.addEventListener('change', follow);
    return () => wide.removeEventListener('change', follow);
  }, []);

  return (
    <div class={showsPeople ? 'room with-people' : 'room'}>
      <header class="bar">
        <img src={mark} alt="" width="32" height="32" />
        <div class="title">
          <h1>
            <bdi>{room.name ?? (room.room === 'lobby' ? 'The lobby' : 'Room')}</bdi>
          </h1>
          {room.room !== 'lobby' && (
            <p class="code" translate={false}>
              {spoken(room.room)}
            </p>
          )}
        </div>
        <button
          type="button"
          class="tool"
          aria-expanded={showsPeople}
          aria-controls="people"
          aria-label={`People here: ${room.memberCount}`}
          onClick={() => setShowsPeople(!showsPeople)}
        >
          <PeopleIcon />
          <span>{room.memberCount}</span>
        </button>
        <button type="button" class="tool" aria-label="Share" onClick={() => setShowsShare(true)}>
          <ShareIcon />
          <span class="wide">Share</span>
        </button>
        <button type="button" class="tool" aria-label="Leave" onClick={() => setRoomLink(undefined)}>
          <LeaveIcon />
          <span class="wide">Leave</span>
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
        <Spoken spoken={room.spoken} />
        <Composer
          key={`composer-${room.room}`}
          room={room.room}
          memory={memory}
          textBytes={state.textBytes}
          send={(text) => session.send(text)}
        />
      </main>
      {showsPeople && <People state={room} close={() => setShowsPeople(false)} />}
      {showsShare && <ShareDialog room={room.room} close={() => setShowsShare(false)} />}
    </div>
  );
}

function Empty({ room }: { room: string }) {
  return (
    <section class="empty" aria-labelledby="empty-title">
      <span class="waves" aria-hidden="true" />
      <h2 id="empty-title">It is quiet here</h2>
      <p>Say the first word, or ask others in. Whoever has this number or link can join.</p>
      <Share room={room} />
    </section>
  );
}
