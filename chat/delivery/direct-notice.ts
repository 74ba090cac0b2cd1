import { chargeNotices, type LimitDependencies } from '../limits/charge-action';
import type { Rate } from '../limits/ports';
import type { Presence } from '../members/ports';
import { formatTimestamp, serializePush } from '../protocol/serialize';
import { EVERYONE, EVERYONE_SHARDS } from '../rooms/room-keys';
import type { Entry, Room } from '../types';
import type { Sockets } from './ports';

/**
 * Rate limits for notices about direct messages: for one room, for all rooms that the recipient has opened, and for all other
 * rooms.
 */
const NOTICES_PER_ROOM: Rate = { perSecond: 1 / 60, burst: 1 };
const NOTICES_PER_USER: Rate = { perSecond: 0.1, burst: 10 };
/** Limits how often all strangers together can interrupt one user. Acquaintances have a separate budget. */
const NOTICES_OF_STRANGERS: Rate = { perSecond: 1 / 60, burst: 3 };

export interface DirectNoticeDependencies extends Pick<LimitDependencies, 'budgets'> {
  presence: Pick<Presence, 'countMembers' | 'listReceivers'>;
  sockets: Pick<Sockets, 'post'>;
}

/**
 * Announces a message in a direct room to the other user, if that user is not in the room and has not blocked the sender. Posts
 * to `roomcast.v1` connections only. Neither stores nor retries the announcement. The next message causes another announcement,
 * at most once a minute. Does nothing in other rooms.
 */
export async function announceDirectMessage(
  deps: DirectNoticeDependencies,
  { room, users, name, openedBy, blockedBy }: Room,
  { from, ts }: Entry,
): Promise<void> {
  // Only direct rooms have users.
  const userId = users?.find((each) => each !== from.userId);
  if (userId === undefined || blockedBy?.has(userId) || (await deps.presence.countMembers(room)) > 1) return;
  const everyone = { room: EVERYONE, shards: EVERYONE_SHARDS };
  const ids = await deps.presence.listReceivers(everyone, userId);
  // Charge the budgets only if the user is connected, so that the next message can still be announced to a user who connects
  // later.
  if (ids.length === 0) return;
  const isAllowed = await chargeNotices(deps.budgets, [
    [`direct#${room}#${userId}`, NOTICES_PER_ROOM],
    openedBy?.has(userId) ? [`direct#${userId}`, NOTICES_PER_USER] : strangersBudget(userId),
  ]);
  if (!isAllowed) return;
  const push = serializePush({
    type: 'directMessage',
    room,
    ...(name === undefined ? {} : { name }),
    from,
    ts: formatTimestamp(ts),
  });
  await Promise.allSettled(ids.map((id) => deps.sockets.post(id, push)));
}

/** Returns the budget of all strangers who interrupt a user, with notices and with notifications. */
export function strangersBudget(userId: string): [owner: string, rate: Rate] {
  return [`strangers#${userId}`, NOTICES_OF_STRANGERS];
}
