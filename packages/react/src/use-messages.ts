import type { Room } from '@roomcast/client';
import { type MessagesState, messageStoreOf, NO_MESSAGES } from './message-store';
import { useStore } from './use-store';

/**
 * Returns the latest messages of a room: messages from before the join, and new messages, edits, deletions and reactions as
 * they arrive. Keeps the last 1,000 messages and the messages that `loadOlder` has loaded.
 *
 * @param room the `room` that `useRoom` returns
 */
export function useMessages(room: Room | undefined): MessagesState {
  return useStore(room && messageStoreOf(room), NO_MESSAGES);
}
