import type { Room } from '@roomcast/client';
import { type MembersState, memberStoreOf, NO_MEMBERS } from './member-store';
import { useStore } from './use-store';

/**
 * Returns the connected members of a room. Loads the first page immediately, and again after each reconnect.
 *
 * @param room the `room` that `useRoom` returns
 */
export function useMembers(room: Room | undefined): MembersState {
  return useStore(room && memberStoreOf(room), NO_MEMBERS);
}
