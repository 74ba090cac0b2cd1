import type { Sockets } from '../delivery/ports';
import type { LimitDependencies } from '../limits/charge-action';
import { unknownMessageError } from '../messages/read-message';
import { ProblemError } from '../protocol/problems';
import type { Reply } from '../protocol/replies';
import type { Frame } from '../protocol/requests';
import { serializePush } from '../protocol/serialize';
import type { Room } from '../types';
import { authorizeMember } from './authorization';
import type { Presence, ReadPositions, Senders } from './ports';

/**
 * Maximum number of members in a room that shows who has read a message. Larger rooms do not, because each reader's position
 * would be delivered to every member, and each delivery is billed.
 */
export const READ_MEMBERS = 19;
/** Seconds between two positions that a user stores in a room, and between two announcements in a room. */
export const READ_SECONDS = 5;

const INTERVAL_MS = READ_SECONDS * 1000;
/** Allows a position half a second early, because network delays vary. */
const STORE_INTERVAL_MS = INTERVAL_MS - 500;
/**
 * An announcement contains all positions that were stored at least this long before it. This time covers slow writes and clock
 * differences.
 */
const SETTLED_MS = 1000;
/** Limits the deliveries if members have many connections. */
const MAX_RECIPIENTS = 100;

export interface MarkReadDependencies extends LimitDependencies {
  log: Senders;
  presence: Pick<Presence, 'countMembers' | 'listAudience' | 'listReceivers'>;
  positions: ReadPositions;
  sockets: Pick<Sockets, 'post'>;
  /** Whether this deployment stores read positions. */
  readPositions: 'on' | 'off';
}

/**
 * Stores the position up to which a user has read a room, and announces the position to the user's other devices. In a small
 * room, all members receive one announcement with the positions of all members, at most every `READ_SECONDS`. If a position is
 * stored but cannot be announced yet, the request is rejected with `rate-limited`. The client then repeats the request, unless
 * another announcement has contained the position in the meantime. Posts are neither stored nor repeated.
 *
 * @throws ProblemError `unauthenticated`, `rate-limited`, `invalid-frame` or `unknown-room`; `unknown-message` if the log has
 *   no such entry; `forbidden` if the deployment stores no positions.
 */
export async function markRead(
  deps: MarkReadDependencies,
  connectionId: string,
  frame: Frame,
): Promise<Reply<'marked'>> {
  const authorized = await authorizeMember(deps, 'markRead', connectionId, frame);
  const { request, room, membership } = authorized;
  if (deps.readPositions === 'off')
    throw new ProblemError('forbidden', 'This deployment stores no read positions: see limits in pong.');
  const { userId } = membership;
  if (!room || request.seq > room.seq) throw unknownMessageError();
  const now = deps.now();
  const stored = await deps.positions.store(room, userId, request.seq, now, STORE_INTERVAL_MS);
  if (stored.seq < request.seq) throw tooEarlyError(stored.at + STORE_INTERVAL_MS - now);
  if ((await deps.presence.countMembers(room.room)) <= READ_MEMBERS) await announceToAll(deps, room, stored);
  else if (stored.at === now) await announceToUser(deps, room, { userId, connectionId, seq: stored.seq });
  return { type: 'marked', room: room.room, seq: stored.seq };
}

/**
 * Announces the positions of all members, unless a previous announcement already contains the position that was stored at the
 * time `at`.
 */
async function announceToAll(deps: MarkReadDependencies, room: Room, { at }: { at: number }): Promise<void> {
  const now = deps.now();
  const previous = await deps.positions.startAnnouncement(room, now, INTERVAL_MS);
  if (previous !== undefined) {
    if (previous > at + SETTLED_MS) return;
    throw tooEarlyError(previous + INTERVAL_MS - now);
  }
  const audience = await deps.presence.listAudience(room, MAX_RECIPIENTS);
  const positions = await deps.positions.read(room, [...new Set(audience.map(({ userId }) => userId))]);
  await post(
    deps,
    audience.map(({ connectionId }) => connectionId),
    room,
    positions,
  );
}

/** Announces a position in a large room to the user's other devices. */
async function announceToUser(
  deps: MarkReadDependencies,
  room: Room,
  { userId, connectionId, seq }: { userId: string; connectionId: string; seq: number },
): Promise<void> {
  const receivers = await deps.presence.listReceivers(room, userId);
  const others = receivers.filter((receiver) => receiver !== connectionId);
  await post(deps, others, room, new Map([[userId, seq]]));
}

async function post(
  { sockets }: MarkReadDependencies,
  connectionIds: readonly string[],
  { room, epoch }: Room,
  positions: ReadonlyMap<string, number>,
): Promise<void> {
  const push = serializePush({ type: 'read', room, epoch, positions: Object.fromEntries(positions) });
  await Promise.allSettled(connectionIds.map((connectionId) => sockets.post(connectionId, push)));
}

function tooEarlyError(retryAfterMs: number): ProblemError {
  return new ProblemError(
    'rate-limited',
    'Read positions are announced every few seconds. Wait, then repeat it.',
    {
      retryAfterMs: Math.max(1, retryAfterMs),
    },
  );
}
