// The messages that replies quote. A quote shows the message's current text. The text is from the loaded log or from a separate
// request.
import type { Entry, User } from '@roomcast/client';
import { type Item, type MessageItem, toItem } from './items';

/** A quoted message. `missing` if the room log no longer has it. */
export type Quote = MessageItem | 'missing';

/** The parts of a room's state that contain its messages. */
interface Messages {
  readonly items: readonly Item[];
  readonly quotes: ReadonlyMap<number, Quote>;
  readonly you: User;
}

/** Returns the message with a sequence number. Returns undefined if it is not loaded. */
export function findQuote({ items, quotes }: Messages, seq: number): Quote | undefined {
  const loaded = items.find((item) => item.kind === 'message' && item.seq === seq);
  return (loaded as MessageItem | undefined) ?? quotes.get(seq);
}

/**
 * Returns the sequence number of a quoted message that is not loaded. If there are several, returns the one that the latest
 * reply quotes.
 */
export function findUnloadedQuote({ items, quotes }: Messages): number | undefined {
  const replies = items.flatMap((item) =>
    item.kind === 'message' && item.replyTo !== undefined && !item.isDeleted ? [item.replyTo] : [],
  );
  if (replies.length === 0) return undefined;
  const loaded = new Set(items.map((item) => item.kind === 'message' && item.seq));
  return replies.findLast((seq) => !loaded.has(seq) && !quotes.has(seq));
}

/** Adds a quoted message as the server returned it. */
export function addQuote<T extends Messages>(state: T, seq: number, entry: Entry | undefined): T {
  const isMessage = entry?.seq === seq && (entry.kind === 'message' || entry.kind === 'void');
  const quote = isMessage ? toItem(entry, state.you) : 'missing';
  return { ...state, quotes: new Map(state.quotes).set(seq, quote) };
}

/** Returns whether a message replies to a message of this user. Returns false if the quoted message is not loaded. */
export function isReplyToYou(state: Messages, { replyTo }: { replyTo?: number }): boolean {
  return replyTo !== undefined && isFrom(findQuote(state, replyTo), state.you);
}

function isFrom(quote: Quote | undefined, { userId }: User): boolean {
  return quote !== undefined && quote !== 'missing' && quote.from.userId === userId;
}
