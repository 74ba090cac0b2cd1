import { admit } from './admission';
import type { Presence, RoomLog } from './ports';
import { ProblemError } from './problems';
import { timestamp } from './protocol/frames';
import type { Reply } from './protocol/replies';
import type { Frame } from './protocol/requests';

const PAGE_MEMBERS = 100;

/** Where a list goes on: after a user, in one of the room's index keys. Names no room, so that it opens none. */
interface Cursor {
  shard: number;
  afterUserId?: string;
}

/**
 * `members`: a page of who is in a room, by person. It is read from the index, which lags a little.
 *
 * @throws ProblemError `unauthenticated`, `invalid-frame` (also for a cursor that is not ours), `unknown-room`.
 */
export async function members(
  deps: { log: RoomLog; presence: Presence },
  connectionId: string,
  frame: Frame,
): Promise<Reply<'members'>> {
  const { request, room: known } = await admit(deps, 'members', connectionId, frame);
  const { room } = request;
  const shards = known?.shards ?? 1;
  const start = request.cursor === undefined ? { shard: 0 } : decode(request.cursor, shards);
  const [memberCount, { found, next }] = await Promise.all([
    deps.presence.count(room, 0),
    walk(deps.presence, room, shards, start),
  ]);
  const listed = found.map(({ userId, username, joinedAt }) => ({
    userId,
    username,
    joinedAt: timestamp(joinedAt),
  }));
  return { type: 'members', room, memberCount, members: listed, ...(next ? { cursor: encode(next) } : {}) };
}

/** Fills a page, from one index key to the next. */
async function walk(presence: Presence, room: string, shards: number, start: Cursor) {
  const found = [];
  for (let { shard, afterUserId } = start; shard < shards; shard += 1, afterUserId = undefined) {
    const { members, more } = await presence.list(room, shard, afterUserId, PAGE_MEMBERS - found.length);
    found.push(...members);
    if (more) return { found, next: { shard, afterUserId: found.at(-1)?.userId } };
    if (found.length === PAGE_MEMBERS && shard + 1 < shards) return { found, next: { shard: shard + 1 } };
  }
  return { found, next: undefined };
}

function encode({ shard, afterUserId }: Cursor): string {
  return Buffer.from(JSON.stringify([shard, afterUserId])).toString('base64url');
}

function decode(cursor: string, shards: number): Cursor {
  try {
    const [shard, afterUserId] = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    const inRoom = Number.isInteger(shard) && shard >= 0 && shard < shards;
    if (inRoom && (afterUserId === null || typeof afterUserId === 'string')) {
      return { shard, ...(afterUserId === null ? {} : { afterUserId }) };
    }
  } catch {
    // Told below, like any other cursor that is not ours.
  }
  throw new ProblemError('invalid-frame', 'cursor is not one of ours.');
}
