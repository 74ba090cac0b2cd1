// Loads and removes parts of the displayed log. The room log is on the server.
import type { Entry } from '@roomcast/client';
import { type BroadcastItem, type Item, toItem } from './items';
import { hasEnd, type RoomState } from './room-state';

/** Rendering a longer log would take too long while messages arrive. */
const MAX_ITEMS = 300;
/** Removing more rows at once would also take too long. */
const TRIMMED_ITEMS = 50;

/** The length of the log while its end is not in view: enough to search it, and many times the height of a screen. */
const MAX_SCROLLED_ITEMS = 1000;

/**
 * Prepends a page of older messages, including deleted messages. Skips messages that are already shown, and entries that are
 * not messages.
 */
export function prependHistory(state: RoomState, messages: readonly Entry[], hasMore: boolean): RoomState {
  const from = hasMore ? timeOf(messages[0], Number.POSITIVE_INFINITY) : 0;
  const to = hasEnd(state)
    ? Number.POSITIVE_INFINITY
    : (state.items.at(-1)?.ts ?? timeOf(messages.at(-1), 0));
  const { items, ...changes } = createPage(state, messages, from, to);
  return {
    ...state,
    ...changes,
    items: [...items, ...state.items],
    oldestSeq: messages[0]?.seq ?? state.oldestSeq,
    olderStatus: hasMore ? 'available' : 'none',
  };
}

/**
 * Appends a page of newer messages, as `prependHistory` does.
 *
 * @param lastSeq the sequence number of the room's last entry.
 */
export function appendHistory(state: RoomState, messages: readonly Entry[], lastSeq: number): RoomState {
  const last = messages.at(-1);
  const newestSeq = last?.seq ?? Math.max(lastSeq, state.newestSeq); // After an empty page, there is nothing to load.
  const hasMore = newestSeq < lastSeq;
  const from = state.items.at(-1)?.ts ?? 0;
  const { items, ...changes } = createPage(
    state,
    messages,
    from,
    hasMore ? timeOf(last, 0) : Number.POSITIVE_INFINITY,
  );
  const next: RoomState = {
    ...state,
    ...changes,
    items: [...state.items, ...items],
    newestSeq,
    newerStatus: hasMore ? 'available' : 'none',
    latest: hasMore ? state.latest : undefined,
  };
  return removeOldest(next, next.items.length - MAX_SCROLLED_ITEMS);
}

/** Replaces the items with a page of the log. See `appendHistory`. */
export function replaceHistory(
  state: RoomState,
  { messages, more }: { messages: readonly Entry[]; more: boolean },
  lastSeq: number,
): RoomState {
  const hiddenBroadcasts = [...state.hiddenBroadcasts, ...state.items.filter(isBroadcast)];
  const newerStatus = (messages.at(-1)?.seq ?? lastSeq) < lastSeq ? 'available' : 'none';
  const latest = state.latest ?? state.items.findLast((item) => item.kind === 'message');
  const empty: RoomState = { ...state, items: [], hiddenBroadcasts, newerStatus, latest };
  return appendHistory(prependHistory(empty, messages, more), messages, lastSeq);
}

/** Converts a page of history, and adds the hidden announcements from the same period. */
function createPage(state: RoomState, messages: readonly Entry[], from: number, to: number) {
  const shownKeys = new Set(state.items.map(({ key }) => key));
  const items = messages
    .filter(({ kind }) => kind === 'message' || kind === 'void')
    .map((entry) => toItem(entry, state.you))
    .filter(({ key }) => !shownKeys.has(key));
  const isInPage = ({ ts }: BroadcastItem) => ts >= from && ts <= to;
  const broadcasts = state.hiddenBroadcasts
    .filter((item) => isInPage(item) && !shownKeys.has(item.key))
    .sort((a, b) => a.ts - b.ts);
  const addedKeys = new Set(items.map(({ key }) => key));
  return {
    items: insertByTime(items, broadcasts),
    hiddenBroadcasts: state.hiddenBroadcasts.filter((item) => !isInPage(item)),
    pending: state.pending.filter(({ clientMsgId }) => !addedKeys.has(clientMsgId)),
  };
}

function timeOf(entry: Entry | undefined, fallback: number): number {
  return entry ? Date.parse(entry.ts) : fallback;
}

/** Limits the log while its end is in view. The removed messages can be loaded again. */
export function trimItems(state: RoomState): RoomState {
  return state.items.length > MAX_ITEMS ? removeOldest(state, TRIMMED_ITEMS) : state;
}

/** Limits the log while its end is not in view: removes the newest items, which are far below the visible ones. */
export function trimNewest(state: RoomState): RoomState {
  if (state.items.length <= MAX_SCROLLED_ITEMS || state.newerStatus === 'loading') return state;
  const items = state.items.slice(0, MAX_SCROLLED_ITEMS);
  const newest = items.findLast((item) => item.kind === 'message');
  if (!newest) return state;
  return {
    ...state,
    items,
    hiddenBroadcasts: [...state.hiddenBroadcasts, ...state.items.slice(items.length).filter(isBroadcast)],
    newestSeq: newest.seq,
    newerStatus: 'available',
    latest: state.latest ?? state.items.findLast((item) => item.kind === 'message'),
  };
}

/** Removes the oldest items. The announcements among them are added again with the messages around them. */
function removeOldest(state: RoomState, count: number): RoomState {
  if (count <= 0 || state.olderStatus === 'loading') return state;
  const items = state.items.slice(count);
  const oldest = items.find((item) => item.kind === 'message');
  if (!oldest) return state;
  return {
    ...state,
    items,
    hiddenBroadcasts: [...state.hiddenBroadcasts, ...state.items.slice(0, count).filter(isBroadcast)],
    oldestSeq: oldest.seq,
    olderStatus: 'available',
  };
}

function isBroadcast(item: Item): item is BroadcastItem {
  return item.kind === 'broadcast';
}

/** Inserts each announcement before the first message that is newer. The messages keep their order. */
function insertByTime(messages: readonly Item[], broadcasts: readonly Item[]): Item[] {
  const merged: Item[] = [];
  let next = 0;
  for (const message of messages) {
    for (let item = broadcasts[next]; item && item.ts < message.ts; item = broadcasts[next]) {
      merged.push(item);
      next += 1;
    }
    merged.push(message);
  }
  return [...merged, ...broadcasts.slice(next)];
}
