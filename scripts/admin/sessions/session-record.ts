import type { Broadcast, Entry, Session } from '../../../chat/types';

/** A session with its latest message, and the latest broadcast that was sent while it was connected. */
export interface SessionRecord extends Omit<Session, 'rooms'> {
  /** Absent if the message was deleted. */
  latestMessage?: string;
  latestMessageTime?: number;
  latestBroadcast?: string;
  latestBroadcastTime?: number;
}

/** Adds the latest message to each session. */
export function addLatestMessages(
  sessions: readonly Session[],
  messages: ReadonlyMap<string, Entry>,
): SessionRecord[] {
  return sessions.map(({ rooms: _, ...session }) => {
    const message = messages.get(session.connectionId);
    if (!message) return session;
    const text = message.kind === 'void' ? {} : { latestMessage: message.text };
    return { ...session, ...text, latestMessageTime: message.ts };
  });
}

/**
 * Adds the latest received broadcast to each session. A broadcast is stored only once, not per session, so this function
 * compares the times.
 */
export function addLatestBroadcasts(
  sessions: readonly SessionRecord[],
  broadcasts: readonly Broadcast[],
): SessionRecord[] {
  const newestFirst = [...broadcasts].sort((a, b) => b.ts - a.ts);
  return sessions.map((session) => {
    const { connectionTime, disconnectTime = Number.POSITIVE_INFINITY } = session;
    const latest = newestFirst.find(({ ts }) => ts >= connectionTime && ts <= disconnectTime);
    return latest ? { ...session, latestBroadcast: latest.text, latestBroadcastTime: latest.ts } : session;
  });
}
