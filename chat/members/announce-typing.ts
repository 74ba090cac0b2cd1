import type { Sockets } from '../delivery/ports';
import type { LimitDependencies } from '../limits/charge-action';
import { chargeTyping } from '../limits/notice-limits';
import { ProblemError } from '../protocol/problems';
import type { Frame } from '../protocol/requests';
import { formatTimestamp, serializePush } from '../protocol/serialize';
import { LOBBY_SHARDS } from '../rooms/room-keys';
import { authorizeMember, requireWriter } from './authorization';
import type { Presence, Senders } from './ports';

/**
 * Maximum number of members in a room with typing indicators. Each indicator is delivered to every member, and each delivery is
 * billed.
 */
export const TYPING_MEMBERS = 19;
/** Limits the deliveries if members have many connections. */
const MAX_RECIPIENTS = 100;

export interface TypingDependencies extends LimitDependencies {
  log: Senders;
  presence: Pick<Presence, 'countMembers' | 'listAudience'>;
  sockets: Pick<Sockets, 'post'>;
  /** Whether this deployment has typing indicators. */
  typing: 'on' | 'off';
}

/**
 * Notifies the other members of a small room that the user is typing. Nothing is stored or retried: members who miss the push
 * see no indicator. Has no effect in rooms with more than `TYPING_MEMBERS` members, or within `TYPING_SECONDS` of the user's
 * previous announcement in the room.
 *
 * @throws ProblemError `unauthenticated`, `rate-limited`, `invalid-frame` or `unknown-room`; `forbidden` if the deployment has
 *   no typing indicators, or if the user may not write.
 */
export async function announceTyping(
  deps: TypingDependencies,
  connectionId: string,
  frame: Frame,
): Promise<void> {
  const { membership, room: head } = await authorizeMember(deps, 'typing', connectionId, frame);
  if (deps.typing === 'off')
    throw new ProblemError('forbidden', 'This deployment has no typing indicators: see limits in pong.');
  requireWriter(membership, head, deps.now());
  const { room, userId, username } = membership;
  if ((await deps.presence.countMembers(room)) > TYPING_MEMBERS) return;
  if (!(await chargeTyping(deps, room, userId))) return;
  const ref = { room, shards: head?.shards ?? LOBBY_SHARDS };
  const audience = await deps.presence.listAudience(ref, MAX_RECIPIENTS);
  const ts = formatTimestamp(deps.now());
  const push = serializePush({ type: 'typing', room, member: { userId, username }, ts });
  const others = audience.filter((listed) => listed.userId !== userId);
  await Promise.allSettled(others.map((other) => deps.sockets.post(other.connectionId, push)));
}
