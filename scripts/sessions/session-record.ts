import type { Broadcast, Session } from '../../functions/chat/types';

/** A session with the latest broadcast that was sent while it was connected. */
export interface SessionRecord extends Session {
  latestBroadcast?: string;
  latestBroadcastTime?: number;
}

/**
 * Adds to each session the latest broadcast that it received. Broadcasts are stored once rather than per session, so the
 * times decide which session received which broadcast.
 */
export function addLatestBroadcasts(
  sessions: readonly Session[],
  broadcasts: readonly Broadcast[],
): SessionRecord[] {
  const newestFirst = [...broadcasts].sort((a, b) => b.ts - a.ts);
  return sessions.map((session) => {
    const { connectionTime, disconnectTime = Number.POSITIVE_INFINITY } = session;
    const latest = newestFirst.find(({ ts }) => ts >= connectionTime && ts <= disconnectTime);
    return latest ? { ...session, latestBroadcast: latest.text, latestBroadcastTime: latest.ts } : session;
  });
}
