import { entryFrame } from './protocol/frames';
import type { EntryFrame } from './protocol/replies';
import type { Entry } from './types';

/** A page of a room's log holds at most so many entries … */
export const PAGE_ENTRIES = 100;

/** … and at most so many bytes of JSON, so that it fits a message of API Gateway's 128 KB with room to spare. */
const PAGE_BYTES = 96 * 1024;

/** Entries in the log's order, as frames. */
export interface Page {
  messages: EntryFrame[];
  /** Whether entries were left out: the newest of `from: 'oldest'`, the oldest of `from: 'newest'`. */
  cut: boolean;
}

/** As many entries as fit a page, beginning at one end. One always fits. */
export function page(entries: readonly Entry[], { from }: { from: 'oldest' | 'newest' }): Page {
  const candidates = entries.map(entryFrame);
  if (from === 'newest') candidates.reverse();
  const messages: EntryFrame[] = [];
  let bytes = 1; // two brackets, and one comma less than entries
  for (const frame of candidates) {
    bytes += Buffer.byteLength(JSON.stringify(frame)) + 1;
    if (messages.length > 0 && (messages.length === PAGE_ENTRIES || bytes > PAGE_BYTES)) break;
    messages.push(frame);
  }
  const cut = messages.length < candidates.length;
  if (from === 'newest') messages.reverse();
  return { messages, cut };
}
