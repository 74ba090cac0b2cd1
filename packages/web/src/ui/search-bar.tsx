import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { HistorySearch } from '../chat/history-search';
import type { RoomState } from '../chat/room-state';
import type { Session } from '../chat/session';
import { CrossIcon, DownIcon, UpIcon } from './icons';
import { SearchStatus } from './search-status';
import { useMatch } from './use-match';
import { useStore } from './use-store';

interface Props {
  session: Session;
  search: HistorySearch;
  state: RoomState;
  /** Called with the key of the message to show. Undefined if there is none. */
  onFind: (key: string | undefined) => void;
  close: () => void;
}

/** Matches are sorted from the newest to the oldest. */
const MOVES = [
  { label: 'Older match', step: 1, Icon: UpIcon },
  { label: 'Newer match', step: -1, Icon: DownIcon },
];

/** The search reads older messages when the user has stopped typing for this long. */
const READ_DELAY_MS = 400;

/** Shows the search in the current room. */
export function Search(props: Omit<Props, 'search'>) {
  const [search] = useState(() => props.session.createSearch());
  return search ? <SearchBar {...props} search={search} /> : null;
}

/** Shows the search field. Enter moves to the next older match, and Shift+Enter to the next newer match. */
function SearchBar({ session, search, state, onFind, close }: Props) {
  const [query, setQuery] = useState('');
  const field = useRef<HTMLInputElement>(null);
  const progress = useStore(search.store);
  const found = useMemo(() => search.find(state.items, query), [search, state.items, query, progress.count]);
  const { position, move, reset } = useMatch(session, state, found, onFind);

  useLayoutEffect(() => field.current?.focus(), []); // before the next key press
  useEffect(() => () => search.stop(), [search]);
  useEffect(() => {
    if (query.trim() === '') return;
    const timer = setTimeout(() => void search.start(), READ_DELAY_MS);
    return () => clearTimeout(timer);
  }, [search, query.trim() === '']);

  const changeQuery = (text: string) => {
    setQuery(text);
    reset();
  };
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
          aria-label="Search the messages"
          placeholder="Search the messages"
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
      <SearchStatus search={search} progress={progress} />
    </search>
  );
}
