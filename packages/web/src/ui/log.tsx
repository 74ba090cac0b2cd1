import type { RefObject } from 'preact';
import { useLayoutEffect, useState } from 'preact/hooks';
import type { LoadStatus, RoomState } from '../chat/room-state';
import { formatUnread } from '../chat/room-summary';
import { buildRows, type Row } from '../chat/rows';
import type { Session } from '../chat/session';
import { EmptyRoom } from './empty-room';
import { DownIcon } from './icons';
import { focusWithoutKeyboard } from './keyboard';
import { LogFocus } from './log-focus';
import { LogLine } from './log-line';
import { LogScroll } from './log-scroll';
import { memo } from './memo';
import { Message } from './message';
import type { OpenDialog } from './room-dialogs';
import { useToday } from './use-today';

interface Props {
  session: Session;
  state: RoomState;
  openDialog: (dialog: OpenDialog) => void;
  /** The users whose names look like another user's name. */
  lookAlikes: ReadonlySet<string>;
  /** The key of the current search match. The log scrolls to it. */
  found?: string;
  /** The key of the quoted message that the user opened. The log scrolls to it, and focuses it. */
  shown?: string;
  /** Shows a message of the log by its sequence number. */
  showMessage: (seq: number) => void;
  /** The text field. It receives the focus when the user jumps to the end of the log. */
  composer: RefObject<HTMLTextAreaElement | null>;
}

/**
 * Shows the room's log. It is not a live region, because it also adds pages of history: `Announcer` announces new events.
 * Messages in other rooms do not cause a render.
 */
export const Log = memo(function Log(props: Props) {
  const { session, state, composer } = props;
  const [scroll] = useState(() => new LogScroll(session, state));
  const [isAtEnd, setIsAtEnd] = useState(scroll.isAtEnd);
  scroll.onAtEnd = setIsAtEnd;
  const [focus] = useState(() => new LogFocus(composer));
  const rows = buildRows(state);

  scroll.capture();
  useLayoutEffect(() => {
    scroll.update(state, rows.at(-1));
    focus.update();
  });
  const found = props.shown ?? props.found;
  const isFoundLoaded = rows.some(({ key }) => key === found);
  useLayoutEffect(() => {
    const row = scroll.showFound();
    if (props.shown !== undefined) row?.focus({ preventScroll: true });
  }, [found, isFoundLoaded]);

  const jump = () => {
    scroll.jump();
    focusWithoutKeyboard(composer.current);
  };
  return (
    <div class="log-frame">
      <div
        ref={scroll.attach}
        class="log"
        role="log"
        aria-live="off"
        aria-label="Messages"
        aria-busy={state.olderStatus === 'loading' || state.newerStatus === 'loading'}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: scrollable regions need keyboard access
        tabIndex={0}
        onScroll={scroll.onScroll}
        onScrollEnd={scroll.onScrollEnd}
        onPointerDown={scroll.stopJump}
        onWheel={scroll.stopJump}
        onTouchMove={scroll.stopJump}
        onKeyDownCapture={scroll.stopJump}
        onKeyDown={focus.onKeyDown}
        onFocusIn={focus.onFocusIn}
        onFocusOut={focus.onFocusOut}
      >
        <LoadMore age="older" status={state.olderStatus} load={() => void session.loadOlder()} />
        {rows.length === 0 && state.olderStatus === 'none' && <EmptyRoom session={session} room={state} />}
        <Rows {...props} found={found} rows={rows} />
        <LoadMore age="newer" status={state.newerStatus} load={() => void session.loadNewer()} />
      </div>
      {!isAtEnd && (
        <button type="button" class="jump" onClick={jump}>
          <DownIcon />
          {jumpLabel(state)}
        </button>
      )}
    </div>
  );
});

function Rows({ rows, ...props }: Props & { rows: readonly Row[] }) {
  const { session, state, openDialog, lookAlikes, found, showMessage } = props;
  const today = useToday();
  const names = { username: state.you.username, formerNames: state.formerNames };
  return (
    <ol class="rows">
      {rows.map((row) =>
        row.kind === 'message' ? (
          <Message
            key={row.key}
            row={row}
            {...names}
            session={session}
            openDialog={openDialog}
            you={state.you.userId}
            showMessage={showMessage}
            isReadOnly={state.isMissing === true}
            mayReact={state.role !== 'reader' && !state.isMissing}
            isFound={row.key === found}
            isLookAlike={lookAlikes.has(row.from.userId)}
          />
        ) : (
          <LogLine key={row.key} row={row} {...names} lookAlikes={lookAlikes} today={today} />
        ),
      )}
    </ol>
  );
}

function jumpLabel(state: RoomState): string {
  if (state.unreadCount === 0) return 'Latest messages';
  const count = formatUnread(state);
  return `${count} new ${count === '1' ? 'message' : 'messages'}`;
}

function LoadMore({ age, status, load }: { age: string; status: LoadStatus; load: () => void }) {
  if (status === 'none') return null;
  return (
    <p class="load-more">
      {status === 'loading' ? (
        `Loading ${age} messages…`
      ) : (
        <button type="button" class="quiet" tabIndex={-1} onClick={load}>
          {status === 'failed' ? `Could not load ${age} messages. Try again` : `Load ${age} messages`}
        </button>
      )}
    </p>
  );
}
