import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { RoomState } from '../chat/room-state';
import { findMessages } from '../chat/search';
import { CrossIcon, DownIcon, UpIcon } from './icons';

interface Props {
  state: RoomState;
  loadOlder: () => void;
  /** Called with the key of the message to show, or without one. */
  onFind: (key: string | undefined) => void;
  close: () => void;
}

/** Matches are sorted from the newest to the oldest. */
const MOVES = [
  { label: 'Older match', step: 1, Icon: UpIcon },
  { label: 'Newer match', step: -1, Icon: DownIcon },
];

/** Shows the search field for the loaded messages. Enter moves to the next older match, Shift+Enter to the next newer one. */
export function SearchBar({ state, loadOlder, onFind, close }: Props) {
  const [query, setQuery] = useState('');
  const [current, setCurrent] = useState<string>();
  const field = useRef<HTMLInputElement>(null);
  const found = useMemo(() => findMessages(state.items, query), [state.items, query]);
  const position = Math.max(0, found.indexOf(current as string));
  const shown = found[position];

  useEffect(() => field.current?.focus(), []);
  // Before the browser paints, so that the log marks the match whose position is shown.
  useLayoutEffect(() => {
    setCurrent(shown); // Newer matches do not replace it.
    onFind(shown);
  }, [shown]);
  useEffect(() => () => onFind(undefined), []);

  const changeQuery = (text: string) => {
    setQuery(text);
    setCurrent(undefined);
  };
  const move = (step: number) => setCurrent(found[(position + step + found.length) % found.length]);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape') close();
    if (event.key !== 'Enter' || event.isComposing || found.length === 0) return;
    event.preventDefault();
    move(event.shiftKey ? -1 : 1);
  };

  return (
    <search class="search">
      <div class="search-row">
        <input
          ref={field}
          type="search"
          value={query}
          aria-label="Search the loaded messages"
          placeholder="Search the loaded messages"
          enterkeyhint="search"
          onInput={(event) => changeQuery(event.currentTarget.value)}
          onKeyDown={onKeyDown}
        />
        <span class="matches" role="status">
          {query.trim() && (found.length > 0 ? `${position + 1} of ${found.length}` : 'No matches')}
        </span>
        {MOVES.map(({ label, step, Icon }) => (
          <button
            key={label}
            type="button"
            class="icon"
            aria-label={label}
            disabled={found.length === 0}
            onClick={() => move(step)}
          >
            <Icon />
          </button>
        ))}
        <button type="button" class="icon" aria-label="Close search" onClick={close}>
          <CrossIcon />
        </button>
      </div>
      {state.olderStatus !== 'none' && (
        <p>
          Older messages are not loaded yet.{' '}
          <button type="button" class="inline" onClick={loadOlder}>
            {state.olderStatus === 'loading' ? 'Loading…' : 'Load more'}
          </button>
        </p>
      )}
    </search>
  );
}
