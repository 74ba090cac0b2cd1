import type { RefObject } from 'preact';
import { useState } from 'preact/hooks';
import type { ChatState } from '../chat/chat-state';
import { findQuote } from '../chat/quotes';
import type { RoomState } from '../chat/room-state';
import { findEditable } from '../chat/rows';
import type { SavedData } from '../chat/saved-data';
import type { Session } from '../chat/session';
import { Announcer } from './announcer';
import { Banner } from './banner';
import { Composer } from './composer';
import { Log } from './log';
import { MissingRoom } from './missing-room';
import { Notice } from './notice';
import type { OpenDialog } from './room-dialogs';
import { Search } from './search-bar';
import { TypingLine } from './typing-line';
import { useShownMessage } from './use-shown-message';

interface Props {
  session: Session;
  savedData: SavedData;
  state: ChatState;
  room: RoomState;
  /** The users whose names look like another user's name. */
  lookAlikes: ReadonlySet<string>;
  openDialog: (dialog: OpenDialog) => void;
  isSearching: boolean;
  closeSearch: () => void;
  /** The sequence number of the message to which the user is writing a reply. */
  replyTo?: number;
  endReply: () => void;
  /** Receives the text field. */
  composer: RefObject<HTMLTextAreaElement | null>;
}

/** Shows the log of the room, the search, the connection status, and the form for writing. */
export function Conversation({ session, savedData, state, room, lookAlikes, composer, ...props }: Props) {
  const { openDialog, isSearching, closeSearch, replyTo, endReply } = props;
  const shown = useShownMessage(session, room);
  /** The key of the current search match. */
  const [found, setFound] = useState<string>();
  const editLast = () => {
    const message = findEditable(room);
    if (message) openDialog({ kind: 'message', message });
  };
  return (
    <main>
      <Banner connection={state.connection} />
      <Notice text={state.notice} dismiss={() => session.dismissNotice()} />
      {isSearching && (
        <Search
          key={`search-${room.room}`}
          session={session}
          state={room}
          onFind={setFound}
          close={closeSearch}
        />
      )}
      <Log
        key={room.room}
        session={session}
        state={room}
        openDialog={openDialog}
        lookAlikes={lookAlikes}
        found={found}
        shown={shown.key}
        showMessage={shown.show}
        composer={composer}
      />
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
          reply={
            replyTo === undefined
              ? undefined
              : { quote: findQuote(room, replyTo), you: room.you.userId, end: endReply }
          }
          send={(text) => session.send(text, replyTo)}
          onType={() => session.announceTyping()}
          editLast={editLast}
        />
      )}
    </main>
  );
}
