import type { Entry } from './protocol';

/**
 * Applies an entry of kind `edited`, `deleted` or `reacted` to messages that the app has, and returns the messages. A deleted
 * message becomes `void` and loses its text and reactions. Applying a change again has no effect.
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
