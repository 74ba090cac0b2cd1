import type { MessageItem } from './items';

/** Returns the messages that contain the query in any case. An empty query finds nothing. */
export function findMessages(messages: Iterable<MessageItem>, query: string): MessageItem[] {
  const wanted = normalize(query.trim());
  if (wanted === '') return [];
  return [...messages].filter(({ text }) => normalize(text).includes(wanted));
}

function normalize(text: string): string {
  return text.normalize('NFC').toLowerCase();
}
