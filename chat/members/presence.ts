import {
  createMemberJoined,
  createMemberLeft,
  createMemberRenamed,
  type MemberChanged,
} from '../delivery/notice-events';
import type { EventBus } from '../delivery/ports';
import { chargeNotice } from '../limits/notice-limits';
import type { Budgets } from '../limits/ports';
import { LOBBY } from '../rooms/room-keys';
import type { Membership, RoomRef, User } from '../types';
import type { Connections, Presence, Senders } from './ports';

/** Limits the attempts for a connection that keeps joining and leaving a room concurrently. */
const MAX_SETTLEMENTS = 5;

export interface PresenceDependencies {
  presence: Presence;
  budgets: Budgets;
  connections: Pick<Connections, 'removeMembership'>;
  bus: EventBus;
  /** Rooms with more members than this receive no notices. Replies still contain the member count. */
  noticeThreshold: number;
  now(): number;
  /** Called when publishing a notice fails. Membership does not depend on notices. */
  onNoticeFailed(error: unknown): void;
}

/**
 * Returns when a user first joined the room, and the user's name at that time if it was different. Each message of the
 * connection contains this previous name. Notices are not enough to announce the change, because the lobby and large rooms have
 * no notices, and a user can use up the limit of notices in smaller rooms.
 */
export async function findFirstJoin(
  { presence }: Pick<PresenceDependencies, 'presence'>,
  { room }: RoomRef,
  { userId, username }: User,
): Promise<Pick<Membership, 'previousName' | 'memberSince'>> {
  const first = await presence.findFirstJoin(room, userId);
  if (!first) return {};
  return { memberSince: first.at, ...(first.username === username ? {} : { previousName: first.username }) };
}

/**
 * Adds a connection to a room's presence. Returns the member count, and a function that publishes a notice if the user has
 * joined or changed names. Callers can run this function concurrently with other calls.
 */
export async function enterRoom(
  deps: PresenceDependencies,
  room: RoomRef,
  user: User,
  connectionId: string,
): Promise<{ memberCount: number; notify: () => Promise<void> }> {
  const added = await deps.presence.addConnection(room.room, user, connectionId);
  const { hasJoined, memberCount, previousName } = added;
  const notify = async () => {
    if (hasJoined)
      await publishNotice(deps, user, memberCount, createMemberJoined(room, user, memberCount, deps.now()));
    else if (previousName !== undefined)
      await publishNotice(deps, user, memberCount, createMemberRenamed(room, user, previousName, deps.now()));
  };
  return { memberCount, notify };
}

/**
 * Removes a connection from a room and publishes a notice if its user has left. Deletes the membership row last, so that a
 * retry after a failure still finds it.
 *
 * @param joinedAt when the connection joined. If set, the row is kept if the connection has joined again since that time.
 */
export async function exitRoom(
  deps: PresenceDependencies,
  room: RoomRef,
  user: User,
  connectionId: string,
  joinedAt?: number,
): Promise<void> {
  await leavePresence(deps, room, user, connectionId);
  await deps.connections.removeMembership(connectionId, room.room, joinedAt);
}

/**
 * Makes a connection's presence in a room match its membership row. Call this function after the row was written and, for a
 * join, after the presence was written. Otherwise, a connection that joins and leaves concurrently could keep a row without a
 * presence, or a presence without a row.
 *
 * @param isMember whether the row existed when it was last read.
 * @returns whether the connection is a member.
 */
export async function settlePresence(
  deps: PresenceDependencies & { log: Senders },
  room: RoomRef,
  user: User,
  connectionId: string,
  isMember: boolean,
): Promise<boolean> {
  let expected = isMember;
  for (let attempt = 0; attempt < MAX_SETTLEMENTS; attempt += 1) {
    if (expected) await (await enterRoom(deps, room, user, connectionId)).notify();
    else await leavePresence(deps, room, user, connectionId);
    const { membership } = await deps.log.readSender(connectionId, room.room);
    if ((membership !== undefined) === expected) break;
    expected = !expected;
  }
  return expected;
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
    await publishNotice(deps, user, memberCount, createMemberLeft(room, user, memberCount, deps.now()));
}

/**
 * Publishes a notice, except in the lobby and in large rooms. A lost notice is harmless, because the next reply or notice
 * contains the current count.
 */
async function publishNotice(
  deps: PresenceDependencies,
  { userId }: User,
  memberCount: number,
  notice: MemberChanged,
): Promise<void> {
  const { room } = notice.detail;
  if (room === LOBBY || memberCount > deps.noticeThreshold) return;
  if (!(await chargeNotice(deps, room, userId))) return;
  await deps.bus.publish(notice).catch(deps.onNoticeFailed);
}
