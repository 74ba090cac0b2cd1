import { useSyncExternalStore } from 'react';
import type { Store } from './store';

/** Returns the state of a store, or `initial` without a store, on a server and during hydration. */
export function useStore<State extends object>(store: Store<State> | undefined, initial: State): State {
  const getInitial = () => initial;
  return useSyncExternalStore(
    store?.subscribe ?? subscribeToNothing,
    store?.getState ?? getInitial,
    getInitial,
  );
}

const subscribeToNothing = () => () => undefined;
