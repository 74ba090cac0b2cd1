import { formatDay, formatTime } from '../chat/date-format';
import type { HistorySearch, SearchProgress } from '../chat/history-search';

interface Props {
  search: HistorySearch;
  progress: SearchProgress;
}

/** Shows how far the search has read, with a button that stops or continues it. */
export function SearchStatus({ search, progress: { status, oldestTs } }: Props) {
  if (status === 'waiting') return null;
  const isReading = status === 'reading';
  const texts = {
    reading: 'Searching older messages…',
    stopped: 'Older messages are not searched.',
    failed: 'Could not read older messages.',
    done: 'Searched all messages.',
  };
  return (
    <div class="search-status">
      <p aria-live={isReading ? 'off' : 'polite'}>
        {texts[status]}
        {status !== 'done' && oldestTs !== undefined && ` Searched back to ${formatPoint(oldestTs)}.`}
      </p>
      {status !== 'done' && (
        <button
          type="button"
          class="inline"
          onClick={() => (isReading ? search.stop() : void search.start())}
        >
          {isReading ? 'Stop' : status === 'failed' ? 'Try again' : 'Continue'}
        </button>
      )}
    </div>
  );
}

function formatPoint(ts: number): string {
  return `${formatDay(ts, Date.now())}, ${formatTime(ts)}`;
}
