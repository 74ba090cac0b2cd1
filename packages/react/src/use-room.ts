import type { Client } from '@roomcast/client';
import { useCallback, useSyncExternalStore } from 'react';
import { type RoomState, roomStoreOf, UNJOINED, type UseRoomOptions } from './room-store';

const getUnjoined = () => UNJOINED;

/**
 * Joins a room and returns its state. Leaves the room two seconds after the last component that uses it was removed, or later
 * if a message is still being sent. Does not leave a room that the app has joined with `client.join`.
 *
 * @param client create it outside of components. Undefined on a server
 * @param number nine digits, or `lobby`
 */
export function useRoom(
  client: Client | undefined,
  number: string,
  { username, invite }: UseRoomOptions = {},
): RoomState {
  const store = client && roomStoreOf(client, number);
  const subscribe = useCallback(
    (listener: () => void) => store?.open({ username, invite }, listener) ?? (() => undefined),
    [store, username, invite],
  );
  return useSyncExternalStore(subscribe, store?.getState ?? getUnjoined, getUnjoined);
}
