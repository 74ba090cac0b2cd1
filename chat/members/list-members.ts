import type { LimitDependencies } from '../limits/charge-action';
import type { Standings } from '../moderation/ports';
import { isModerator, roomRole } from '../moderation/roles';
import { ProblemError } from '../protocol/problems';
import type { Reply } from '../protocol/replies';
import type { Frame } from '../protocol/requests';
import { formatTimestamp } from '../protocol/serialize';
import { LOBBY_SHARDS } from '../rooms/room-keys';
import type { Role, Room, RoomRef } from '../types';
import { FOREVER } from './admission';
import { authorizeMember } from './authorization';
import { READ_MEMBERS } from './mark-read';
import type { Member, Presence, ReadPositions, Senders } from './ports';

const PAGE_MEMBERS = 100;

/** The list of bans is part of a reply, and API Gateway limits the size of replies. */
const MAX_BANS = 100;

export interface MemberDependencies {
  presence: Presence;
  standings: Standings;
  positions: Pick<ReadPositions, 'read'>;
  now(): number;
}

/** The position after which the next page starts. Contains no room, so a cursor grants no access to rooms. */
interface Cursor {
  shard: number;
  afterUserId?: string;
}

/**
 * Returns a page of a room's members, with one entry per user. Reads the index, which is eventually consistent. For moderators,
 * the first page also contains the room's bans.
 *
 * @throws ProblemError `unauthenticated`, `rate-limited`, `invalid-frame` (also for an invalid cursor) or `unknown-room`.
 */
export async function members(
  deps: LimitDependencies & MemberDependencies & { log: Senders },
  connectionId: string,
  frame: Frame,
): Promise<Reply<'members'>> {
  const { request, room: head, membership } = await authorizeMember(deps, 'members', connectionId, frame);
  return readMembers(deps, request.room, head, request.cursor, isModerator(membership.role));
}

async function readBans(
  { standings, now }: MemberDependencies,
  room: Room,
): Promise<Reply<'members'>['bans']> {
  const bans = await standings.listBans(room, now(), MAX_BANS);
  return bans.map(({ userId, bannedUntil, bannedName }) => ({
    userId,
    ...(bannedName === undefined ? {} : { username: bannedName }),
    ...(bannedUntil === FOREVER ? {} : { until: formatTimestamp(bannedUntil) }),
  }));
}

/**
 * Returns a page of a room's members, as `members` does, without authorization.
 *
 * @param head undefined for the lobby before its first message.
 * @param listsBans whether the first page contains the room's bans.
 */
export async function readMembers(
  deps: MemberDependencies,
  room: string,
  head: Room | undefined,
  cursor: string | undefined,
  listsBans: boolean,
): Promise<Reply<'members'>> {
  const ref = { room, shards: head?.shards ?? LOBBY_SHARDS };
  const start = cursor === undefined ? { shard: 0 } : decodeCursor(cursor, ref.shards);
  const [memberCount, { page, next }] = await Promise.all([
    deps.presence.countMembers(room),
    readMemberPage(deps.presence, ref, start),
  ]);
  const roles = head ? await readRoles(deps.standings, head, page) : new Map<string, Role>();
  const listed = page.map(({ userId, username, joinedAt }) => {
    const role = roles.get(userId);
    return { userId, username, joinedAt: formatTimestamp(joinedAt), ...(role ? { role } : {}) };
  });
  const position = next ? { cursor: encodeCursor(next) } : {};
  const bans = head && listsBans && cursor === undefined ? { bans: await readBans(deps, head) } : {};
  const read = head && memberCount <= READ_MEMBERS ? await readPositions(deps, head, page) : {};
  return { type: 'members', room, memberCount, members: listed, ...position, ...bans, ...read };
}

/** Returns how far the members have read a small room. For a direct room, also returns how far the absent user has read. */
async function readPositions(
  { positions }: MemberDependencies,
  room: Room,
  page: readonly Member[],
): Promise<Pick<Reply<'members'>, 'read'>> {
  const userIds = new Set([...page.map(({ userId }) => userId), ...(room.users ?? [])]);
  const read = await positions.read(room, [...userIds]);
  return read.size === 0 ? {} : { read: Object.fromEntries(read) };
}

/** Returns the roles that the room has granted to members of the page. */
async function readRoles(
  standings: Standings,
  room: Room,
  page: readonly Member[],
): Promise<Map<string, Role>> {
  const userIds = page.map(({ userId }) => userId).sort();
  const [first] = userIds;
  const last = userIds.at(-1);
  const roles = new Map<string, Role>();
  if (first === undefined || last === undefined) return roles;
  const granted = await standings.listRoles(room, first, last);
  for (const userId of userIds) {
    const standingRole = granted.get(userId);
    const role = roomRole(room, userId, { version: 0, ...(standingRole ? { role: standingRole } : {}) });
    if (role) roles.set(userId, role);
  }
  return roles;
}

/**
 * Reads one shard after another until the page is full. If the room grows between two pages, some users appear again in a later
 * page.
 */
async function readMemberPage(
  presence: Presence,
  room: RoomRef,
  start: Cursor,
): Promise<{ page: Member[]; next?: Cursor }> {
  const page: Member[] = [];
  for (let { shard, afterUserId } = start; shard < room.shards; shard += 1, afterUserId = undefined) {
    const limit = PAGE_MEMBERS - page.length;
    const { members, hasMore } = await presence.listMembers(room, shard, afterUserId, limit);
    page.push(...members);
    const last = page.at(-1);
    if (hasMore && last) return { page, next: { shard, afterUserId: last.userId } };
    if (page.length === PAGE_MEMBERS && shard + 1 < room.shards) return { page, next: { shard: shard + 1 } };
  }
  return { page };
}

function encodeCursor({ shard, afterUserId }: Cursor): string {
  return Buffer.from(JSON.stringify([shard, afterUserId])).toString('base64url');
}

function decodeCursor(cursor: string, shards: number): Cursor {
  try {
    const [shard, afterUserId] = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    const isInRoom = Number.isInteger(shard) && shard >= 0 && shard < shards;
    if (isInRoom && (afterUserId === null || typeof afterUserId === 'string')) {
      return { shard, ...(afterUserId === null ? {} : { afterUserId }) };
    }
  } catch {
    // Not JSON: throw the same error as for any other invalid cursor.
  }
  throw new ProblemError('invalid-frame', 'Invalid cursor. Send the cursor of the previous reply.');
}
