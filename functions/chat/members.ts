import { authorizeMember } from './authorization';
import type { LimitDependencies } from './limits';
import type { Member, Presence, RoomLog, Standings } from './ports';
import { ProblemError } from './problems';
import { formatTimestamp } from './protocol/frames';
import type { Reply } from './protocol/replies';
import type { Frame } from './protocol/requests';
import { roomRole } from './roles';
import type { Role, Room } from './types';

const PAGE_MEMBERS = 100;

/** The position after which the next page starts. Contains no room, so it grants no access to one. */
interface Cursor {
  shard: number;
  afterUserId?: string;
}

/**
 * Returns a page of a room's members, one per user. Reads the index, which is eventually consistent.
 *
 * @throws ProblemError `unauthenticated`, `rate-limited`, `invalid-frame` (also for an invalid cursor) or `unknown-room`.
 */
export async function members(
  deps: LimitDependencies & { log: RoomLog; presence: Presence; standings: Standings },
  connectionId: string,
  frame: Frame,
): Promise<Reply<'members'>> {
  const { request, room: head } = await authorizeMember(deps, 'members', connectionId, frame);
  const { room } = request;
  const shards = head?.shards ?? 1;
  const start = request.cursor === undefined ? { shard: 0 } : decodeCursor(request.cursor, shards);
  const [memberCount, { page, next }] = await Promise.all([
    deps.presence.countMembers(room),
    readPage(deps.presence, room, shards, start),
  ]);
  const roles = head ? await readRoles(deps.standings, head, page) : new Map<string, Role>();
  const listed = page.map(({ userId, username, joinedAt }) => {
    const role = roles.get(userId);
    return { userId, username, joinedAt: formatTimestamp(joinedAt), ...(role ? { role } : {}) };
  });
  const cursor = next ? { cursor: encodeCursor(next) } : {};
  return { type: 'members', room, memberCount, members: listed, ...cursor };
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

/** Reads one index key after the other until the page is full. */
async function readPage(
  presence: Presence,
  room: string,
  shards: number,
  start: Cursor,
): Promise<{ page: Member[]; next?: Cursor }> {
  const page: Member[] = [];
  for (let { shard, afterUserId } = start; shard < shards; shard += 1, afterUserId = undefined) {
    const limit = PAGE_MEMBERS - page.length;
    const { members, hasMore } = await presence.listMembers(room, shard, afterUserId, limit);
    page.push(...members);
    const last = page.at(-1);
    if (hasMore && last) return { page, next: { shard, afterUserId: last.userId } };
    if (page.length === PAGE_MEMBERS && shard + 1 < shards) return { page, next: { shard: shard + 1 } };
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
