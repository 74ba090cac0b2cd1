import { type MemberChanged, memberJoined, memberLeft } from './events';
import type { Bus, Connections, Presence } from './ports';
import { LOBBY } from './rooms';
import type { Room, User } from './types';

export interface PresenceDependencies {
  presence: Presence;
  connections: Pick<Connections, 'leave'>;
  bus: Bus;
  /** Rooms with more members are told nothing of who comes and goes; replies still carry counts. */
  noticeThreshold: number;
  now(): number;
  /** Told of a notice that could not be published: who is in the room does not depend on it. */
  onNoticeFailed(error: unknown): void;
}

/** What presence needs to know of a room. */
type Place = Pick<Room, 'room' | 'shards'>;

/** Counts a connection in, tells the room if its user has joined, and returns the room's member count. */
export async function enter(
  deps: PresenceDependencies,
  place: Place,
  user: User,
  connectionId: string,
): Promise<number> {
  const first = await deps.presence.enter(place.room, user, connectionId);
  const memberCount = await deps.presence.count(place.room, first ? 1 : 0);
  if (first) await tell(deps, memberCount, memberJoined(place, user, memberCount, deps.now()));
  return memberCount;
}

/**
 * Takes a connection out of a room: its presence first and its row last, so that whoever repeats this after a failure
 * finds the row again.
 */
export async function exit(
  deps: PresenceDependencies,
  place: Place,
  user: User,
  connectionId: string,
): Promise<void> {
  if (await deps.presence.leave(place.room, user.userId, connectionId)) {
    const memberCount = await deps.presence.count(place.room, -1);
    await tell(deps, memberCount, memberLeft(place, user, memberCount, deps.now()));
  }
  await deps.connections.leave(connectionId, place.room);
}

/** Nobody announces joins in the lobby, and a notice that is lost is made up for by the next count. */
async function tell(deps: PresenceDependencies, memberCount: number, event: MemberChanged): Promise<void> {
  if (event.detail.room === LOBBY || memberCount > deps.noticeThreshold) return;
  await deps.bus.publish(event).catch(deps.onNoticeFailed);
}
