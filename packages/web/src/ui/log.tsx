import type { Outgoing } from '@roomcast/client';
import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { hasEnd, type LoadStatus, type RoomState } from '../chat/room-state';
import { formatUnread } from '../chat/room-summary';
import { buildRows, type MessageRow } from '../chat/rows';
import { DownIcon } from './icons';
import { LogLine } from './log-line';
import { captureAnchors, restoreAnchor } from './scroll-anchor';
import { useRenderedMessages } from './use-rendered-messages';
import { useToday } from './use-today';

interface Props {
  state: RoomState;
  /** Shown while the room has no messages. */
  empty: ComponentChildren;
  retry: (message: Outgoing) => void;
  discard: (clientMsgId: string) => void;
  loadOlder: () => void;
  loadNewer: () => void;
  /** Replaces the log with the latest messages, unless they are loaded. */
  loadLatest: () => void;
  setAtEnd: (isAtEnd: boolean) => void;
  /** The positions from which logs continue when they are shown again, by room. */
  scrollPositions: Map<string, number>;
  /** Opens the dialog with the actions for a message. */
  showActions: (message: MessageRow) => void;
  /** The users whose names look like another user's name. */
  lookAlikes: ReadonlySet<string>;
  /** The key of the message that the search found. The log scrolls to it. */
  found?: string;
  /** Called when the user jumps to the end of the log. */
  onJump: () => void;
}

/** Distances from the edges of the log, in CSS pixels. */
const END_DISTANCE = 60;
const LOAD_DISTANCE = 300;

const reducedMotion = matchMedia('(prefers-reduced-motion: reduce)');

/**
 * Shows the room's log. Follows new messages while its end is in view, and keeps the scroll position otherwise. It is not a
 * live region, because it also adds pages of history: `Announcer` announces new events.
 */
export function Log({
  state,
  empty,
  retry,
  discard,
  loadOlder,
  loadNewer,
  loadLatest,
  setAtEnd,
  scrollPositions,
  showActions,
  lookAlikes,
  found,
  onJump,
}: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const savedPosition = useRef(scrollPositions.get(state.room));
  const isAtEnd = useRef(savedPosition.current === undefined);
  /** Set from a click on the jump button until the end of the log is in view or the user scrolls. */
  const isJumping = useRef(false);
  const previousStatus = useRef(state.newerStatus);
  const [showsJump, setShowsJump] = useState(!isAtEnd.current);
  const today = useToday();
  const rows = buildRows(state);
  const last = rows.at(-1);
  const previousLastKey = useRef<string | undefined>(undefined);
  const renderMessage = useRenderedMessages({ retry, discard, showActions });

  const jump = () => {
    isJumping.current = true;
    if (hasEnd(state)) scrollToEnd(reducedMotion.matches ? 'instant' : 'smooth');
    else loadLatest();
    onJump();
  };
  const stopJump = () => {
    isJumping.current = false;
  };
  const changeAtEnd = (atEnd: boolean) => {
    if (atEnd) stopJump();
    isAtEnd.current = atEnd;
    setShowsJump(!atEnd);
    setAtEnd(atEnd);
  };
  const scrollToEnd = (behavior: ScrollBehavior) =>
    scroller.current?.scrollTo({ top: scroller.current.scrollHeight, behavior });

  // During rendering, the document still has the previous rows.
  const anchors = scroller.current && !isAtEnd.current ? captureAnchors(scroller.current) : [];
  useLayoutEffect(() => {
    const hasSent = last?.kind === 'message' && last.pending && last.key !== previousLastKey.current;
    const hasNewStatus = state.newerStatus !== previousStatus.current;
    const isJumpDone = hasEnd(state) && (hasSent || (isJumping.current && hasNewStatus));
    if (hasSent && !hasEnd(state)) isJumping.current = true; // The latest messages are loaded first.
    if (isJumpDone && !isAtEnd.current) changeAtEnd(true);
    if (isAtEnd.current) scrollToEnd('instant');
    else if (scroller.current && savedPosition.current !== undefined)
      scroller.current.scrollTop = savedPosition.current;
    else if (scroller.current) restoreAnchor(scroller.current, anchors);
    savedPosition.current = undefined;
    previousLastKey.current = last?.key;
    previousStatus.current = state.newerStatus;
    if (hasNewStatus) onScroll(); // Messages that are added below the visible ones cause no scroll event.
  });

  useLayoutEffect(() => {
    scroller.current?.querySelector('.found')?.scrollIntoView({ block: 'center' });
  }, [found]);

  // The on-screen keyboard and a growing composer make the log shorter.
  useEffect(() => {
    if (!scroller.current) return;
    const observer = new ResizeObserver(() => {
      if (isAtEnd.current || isJumping.current) scrollToEnd('instant');
    });
    observer.observe(scroller.current);
    return () => observer.disconnect();
  }, []);

  const onScroll = () => {
    const { current: element } = scroller;
    if (!element) return;
    const endDistance = element.scrollHeight - element.scrollTop - element.clientHeight;
    const atEnd = endDistance < END_DISTANCE && hasEnd(state);
    if (atEnd !== isAtEnd.current) changeAtEnd(atEnd);
    if (atEnd) scrollPositions.delete(state.room);
    else scrollPositions.set(state.room, element.scrollTop);
    if (element.scrollTop < LOAD_DISTANCE && state.olderStatus === 'available') loadOlder();
    if (endDistance < LOAD_DISTANCE && state.newerStatus === 'available') loadNewer();
  };

  return (
    <div class="log-frame">
      <div
        ref={scroller}
        class="log"
        role="log"
        aria-live="off"
        aria-label="Messages"
        aria-busy={state.olderStatus === 'loading' || state.newerStatus === 'loading'}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: scrollable regions need keyboard access
        tabIndex={0}
        onScroll={onScroll}
        onScrollEnd={() => isJumping.current && scrollToEnd('instant')}
        onPointerDown={stopJump}
        onWheel={stopJump}
        onTouchMove={stopJump}
        onKeyDown={stopJump}
      >
        <LoadMore age="older" status={state.olderStatus} load={loadOlder} />
        {rows.length === 0 && state.olderStatus === 'none' && empty}
        <ol class="rows">
          {rows.map((row) =>
            row.kind === 'message' ? (
              renderMessage(row, {
                username: state.you.username,
                formerNames: state.formerNames,
                isReadOnly: state.isMissing === true,
                isFound: row.key === found,
                isLookAlike: lookAlikes.has(row.from.userId),
              })
            ) : (
              <LogLine
                key={row.key}
                row={row}
                username={state.you.username}
                formerNames={state.formerNames}
                lookAlikes={lookAlikes}
                today={today}
              />
            ),
          )}
        </ol>
        <LoadMore age="newer" status={state.newerStatus} load={loadNewer} />
      </div>
      {showsJump && (
        <button type="button" class="jump" onClick={jump}>
          <DownIcon />
          {jumpLabel(state)}
        </button>
      )}
    </div>
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
        <button type="button" class="quiet" onClick={load}>
          {status === 'failed' ? `Could not load ${age} messages. Try again` : `Load ${age} messages`}
        </button>
      )}
    </p>
  );
}
