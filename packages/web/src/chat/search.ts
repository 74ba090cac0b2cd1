import type { Item } from './room-state';

/** Returns the keys of the messages that contain the query in any case, newest first. An empty query finds nothing. */
export function findMessages(items: readonly Item[], query: string): string[] {
  const wanted = normalize(query.trim());
  if (wanted === '') return [];
  return items
    .flatMap((item) => (item.kind === 'message' && normalize(item.text).includes(wanted) ? [item.key] : []))
    .reverse();
}

function normalize(text: string): string {
  return text.normalize('NFC').toLowerCase();
}
