import type { Outgoing } from '@roomcast/client';
import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { RoomState } from '../chat/room-state';
import { rowsOf } from '../chat/rows';
import { hold, standing } from './holding';
import { DownIcon } from './icons';
import { Line } from './line';
import { Message } from './message';

interface Props {
  state: RoomState;
  /** Stands where nothing has been said yet. */
  empty: ComponentChildren;
  retry: (message: Outgoing) => void;
  discard: (clientMsgId: string) => void;
  loadOlder: () => void;
  setAtEnd: (isAtEnd: boolean) => void;
}

/** So near to an edge of the log counts as at it, in CSS pixels. */
const NEAR_END = 60;
const NEAR_START = 300;

const calm = matchMedia('(prefers-reduced-motion: reduce)');

/**
 * The room's log. It stays at its end while that is in sight, and otherwise where it is, whatever is added at either
 * end. It is no live region, since pages of history are added to it as well: `Spoken` tells what happens.
 */
export function Log({ state, empty, retry, discard, loadOlder, setAtEnd }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(true);
  const [showsJump, setShowsJump] = useState(false);
  const rows = rowsOf(state);
  const last = rows.at(-1);
  const lastBefore = useRef<string | undefined>(undefined);

  const note = (atEnd: boolean) => {
    isAtEnd.current = atEnd;
    setShowsJump(!atEnd);
    setAtEnd(atEnd);
  };
  const toEnd = (behavior: ScrollBehavior) =>
    box.current?.scrollTo({ top: box.current.scrollHeight, behavior });

  // What is in the document now is what was there before this rendering.
  const stood = box.current && !isAtEnd.current ? standing(box.current) : [];
  useLayoutEffect(() => {
    const hasSpoken = last?.kind === 'message' && last.pending && last.key !== lastBefore.current;
    if (hasSpoken && !isAtEnd.current) note(true);
    if (isAtEnd.current) toEnd('instant');
    else if (box.current) hold(box.current, stood);
    lastBefore.current = last?.key;
  });

  // A keyboard that opens, or a composer that grows, makes the log shorter.
  useEffect(() => {
    if (!box.current) return;
    const observer = new ResizeObserver(() => isAtEnd.current && toEnd('instant'));
    observer.observe(box.current);
    return () => observer.disconnect();
  }, []);

  const onScroll = () => {
    const { current: element } = box;
    if (!element) return;
    const atEnd = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_END;
    if (atEnd !== isAtEnd.current) note(atEnd);
    if (element.scrollTop < NEAR_START && state.older === 'some') loadOlder();
  };

  return (
    <div class="log-frame">
      <div
        ref={box}
        class="log"
        role="log"
        aria-live="off"
        aria-label="Messages"
        aria-busy={state.older === 'loading'}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        onScroll={onScroll}
      >
        <Older older={state.older} load={loadOlder} />
        {rows.length === 0 && state.older === 'none' && empty}
        <ol class="rows">
          {rows.map((row) =>
            row.kind === 'message' ? (
              <Message key={row.key} row={row} retry={retry} discard={discard} />
            ) : (
              <Line key={row.key} row={row} />
            ),
          )}
        </ol>
      </div>
      {showsJump && (
        <button type="button" class="jump" onClick={() => toEnd(calm.matches ? 'instant' : 'smooth')}>
          <DownIcon />
          {state.unread > 0 ? `${state.unread} new ${state.unread === 1 ? 'message' : 'messages'}` : 'Latest'}
        </button>
      )}
    </div>
  );
}

function Older({ older, load }: { older: RoomState['older']; load: () => void }) {
  if (older === 'none') return null;
  return (
    <p class="older">
      {older === 'loading' ? (
        'Loading older messages…'
      ) : (
        <button type="button" class="quiet" onClick={load}>
          {older === 'failed' ? 'Older messages could not be loaded. Try again' : 'Load older messages'}
        </button>
      )}
    </p>
  );
}
