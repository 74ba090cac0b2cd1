import { useCallback, useEffect, useState } from 'preact/hooks';
import type { RoomState } from '../chat/room-state';
import type { Session } from '../chat/session';

/** How long a message is marked after the log has scrolled to it. */
const MARK_MS = 2000;

/** Selects a message by its sequence number, loads it if necessary, and returns its key while the log marks it. */
export function useShownMessage(session: Session, { items }: RoomState) {
  /** A new object for each request, so that the log scrolls to the same message again. */
  const [target, setTarget] = useState<{ seq: number }>();
  const item = target && items.find((each) => each.kind === 'message' && each.seq === target.seq);
  useEffect(() => {
    if (target && !item) void session.loadAround(target.seq);
  }, [target]);
  useEffect(() => {
    if (!item) return;
    const timer = setTimeout(() => setTarget(undefined), MARK_MS);
    return () => clearTimeout(timer);
  }, [target, item?.key]);
  const show = useCallback((seq: number) => setTarget({ seq }), []);
  return { key: item?.key, show };
}
