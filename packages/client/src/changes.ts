import type { Entry } from './protocol';

/**
 * Returns the messages with an entry of kind `edited`, `deleted` or `reacted` applied. A deleted message becomes `void` and
 * loses its text and reactions. Applying an entry again has no effect.
 */
export function applyChange(
  messages: readonly Entry[],
  { kind, target, text, reactions, byUser }: Entry,
): Entry[] {
  return messages.map((message) => {
    if (message.seq !== target || message.kind !== 'message') return message;
    if (kind === 'edited') return { ...message, text, edited: true };
    if (kind === 'reacted') return { ...message, reactions, byUser: { ...message.byUser, ...byUser } };
    return kind === 'deleted' ? { ...message, kind: 'void', text: '', reactions: undefined } : message;
  });
}
