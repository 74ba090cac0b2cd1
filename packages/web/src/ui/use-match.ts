import { useEffect, useLayoutEffect, useState } from 'preact/hooks';
import type { MessageItem } from '../chat/items';
import type { RoomState } from '../chat/room-state';
import type { Session } from '../chat/session';

/** Selects one of the search matches, and shows it in the log. Newer matches do not replace it. */
export function useMatch(
  session: Session,
  state: RoomState,
  found: readonly MessageItem[],
  onFind: (key: string | undefined) => void,
) {
  const [current, setCurrent] = useState<string>();
  const position = Math.max(
    0,
    found.findIndex(({ key }) => key === current),
  );
  const shown = found[position];
  const isLoaded = !shown || state.items.some(({ key }) => key === shown.key);

  // Runs before the browser paints, so that the marked message and the shown position belong to the same match.
  useLayoutEffect(() => {
    setCurrent(shown?.key);
    onFind(shown?.key);
  }, [shown?.key]);
  useEffect(() => {
    if (shown && !isLoaded) void session.loadAround(shown.seq);
  }, [shown?.key, isLoaded]);
  useEffect(() => () => onFind(undefined), []);

  return {
    position,
    move: (step: number) => setCurrent(found[(position + step + found.length) % found.length]?.key),
    reset: () => setCurrent(undefined),
  };
}
