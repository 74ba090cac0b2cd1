import type { EntryFrame } from '../protocol/replies';
import { toEntryFrame } from '../protocol/serialize';
import type { Entry } from '../types';

/** Maximum number of entries in a page. */
export const PAGE_ENTRIES = 100;

/** Maximum size of a page's entries as JSON. Leaves room for the rest of the reply within API Gateway's limit of 128 KB. */
const PAGE_BYTES = 96 * 1024;

export interface Page {
  /** Entries in log order. */
  messages: EntryFrame[];
  /** Whether entries were omitted: the newest entries with `from: 'oldest'`, the oldest entries with `from: 'newest'`. */
  isTruncated: boolean;
}

/** Creates a page of as many entries as fit, starting from one end. The first entry always fits. */
export function createPage(entries: readonly Entry[], { from }: { from: 'oldest' | 'newest' }): Page {
  const candidates = entries.map(toEntryFrame);
  if (from === 'newest') candidates.reverse();
  const messages: EntryFrame[] = [];
  let bytes = 1; // two brackets and the commas of the array: one byte more than the number of entries
  for (const frame of candidates) {
    bytes += Buffer.byteLength(JSON.stringify(frame)) + 1;
    if (messages.length > 0 && (messages.length === PAGE_ENTRIES || bytes > PAGE_BYTES)) break;
    messages.push(frame);
  }
  const isTruncated = messages.length < candidates.length;
  if (from === 'newest') messages.reverse();
  return { messages, isTruncated };
}
