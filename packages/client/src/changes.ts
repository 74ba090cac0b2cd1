import type { Entry } from './protocol';

/**
 * Applies an entry of kind `edited` or `deleted` to messages that the app has, and returns the messages. A deleted message
 * becomes `void` and loses its text. Applying a change again has no effect.
 */
export function applyChange(messages: readonly Entry[], { kind, target, text }: Entry): Entry[] {
  return messages.map((message) => {
    if (message.seq !== target || message.kind !== 'message') return message;
    if (kind === 'edited') return { ...message, text, edited: true };
    return kind === 'deleted' ? { ...message, kind: 'void', text: '' } : message;
  });
}
