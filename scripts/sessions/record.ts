import type { Broadcast, Session } from '../../functions/chat/types';

/** A session, with the last broadcast that was sent while it was connected. */
export interface SessionRecord extends Session {
  latestBroadcast?: string;
  latestBroadcastTime?: number;
}

/**
 * Joins sessions with broadcasts. A broadcast is written once, however many are connected, and not to their sessions;
 * whom it was for is decided by the times.
 */
export function withBroadcasts(
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
