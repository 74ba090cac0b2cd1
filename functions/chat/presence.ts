import { createMemberJoined, createMemberLeft, type MemberChanged } from './events';
import type { Connections, EventBus, Presence } from './ports';
import { LOBBY } from './rooms';
import type { RoomRef, User } from './types';

export interface PresenceDependencies {
  presence: Presence;
  connections: Pick<Connections, 'removeMembership'>;
  bus: EventBus;
  /** Rooms with more members than this receive no notices. Replies still contain the member count. */
  noticeThreshold: number;
  now(): number;
  /** Called when publishing a notice fails. Membership does not depend on notices. */
  onNoticeFailed(error: unknown): void;
}

/** Adds a connection to a room's presence and publishes a notice if its user has joined. Returns the member count. */
export async function enterRoom(
  deps: PresenceDependencies,
  room: RoomRef,
  user: User,
  connectionId: string,
): Promise<number> {
  const { hasJoined, memberCount } = await deps.presence.addConnection(room.room, user, connectionId);
  if (hasJoined)
    await publishNotice(deps, memberCount, createMemberJoined(room, user, memberCount, deps.now()));
  return memberCount;
}

/**
 * Removes a connection from a room and publishes a notice if its user has left. Deletes the membership row last, so that a
 * retry after a failure still finds it.
 */
export async function exitRoom(
  deps: PresenceDependencies,
  room: RoomRef,
  user: User,
  connectionId: string,
): Promise<void> {
  await leavePresence(deps, room, user, connectionId);
  await deps.connections.removeMembership(connectionId, room.room);
}

/** Removes a connection from a room's presence and publishes a notice if its user has left. */
export async function leavePresence(
  deps: PresenceDependencies,
  room: RoomRef,
  user: User,
  connectionId: string,
): Promise<void> {
  const memberCount = await deps.presence.removeConnection(room.room, user.userId, connectionId);
  if (memberCount !== undefined)
    await publishNotice(deps, memberCount, createMemberLeft(room, user, memberCount, deps.now()));
}

/** The lobby has no notices. A lost notice is harmless: the next reply or notice contains the current count. */
async function publishNotice(
  deps: PresenceDependencies,
  memberCount: number,
  notice: MemberChanged,
): Promise<void> {
  if (notice.detail.room === LOBBY || memberCount > deps.noticeThreshold) return;
  await deps.bus.publish(notice).catch(deps.onNoticeFailed);
}
