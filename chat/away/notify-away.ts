import { strangersBudget } from '../delivery/direct-notice';
import type { EventBus } from '../delivery/ports';
import { chargeNotices } from '../limits/charge-action';
import type { Budgets } from '../limits/ports';
import type { Standings } from '../moderation/ports';
import type { ChatEvent } from '../protocol/events';
import type { Rooms } from '../rooms/ports';
import { roomIdentity } from '../rooms/room-keys';
import type { Room } from '../types';
import { isAdmitted } from './follow';
import type { Absences, Devices } from './ports';

export interface NotifyAwayDependencies {
  log: Pick<Rooms, 'readRoom'>;
  standings: Pick<Standings, 'read'>;
  absences: Absences;
  devices: Pick<Devices, 'list'>;
  budgets: Budgets;
  bus: EventBus;
  now(): number;
}

type SentMessage = ChatEvent<'MessageSent'>['detail'];

/**
 * Publishes `MessageMissed` for each follower of the room who has no open connection. A follower is notified of one message
 * until the follower joins the room again. A repeated invocation notifies only the followers whom the previous invocation has
 * not notified.
 *
 * @returns the number of notified users.
 * @throws the first error, after all other followers were notified.
 */
export async function notifyAway(deps: NotifyAwayDependencies, message: SentMessage): Promise<number> {
  const room = await deps.log.readRoom(message.room);
  if (!room || roomIdentity(room.epoch) !== roomIdentity(message.epoch)) return 0;
  const others = [...(room.followers ?? [])].filter(
    (userId) => userId !== message.from.userId && !room.blockedBy?.has(userId),
  );
  const uninformed = await deps.absences.listUninformed(message, others, deps.now());
  const away = await deps.absences.listAway(uninformed, deps.now());
  const results = await Promise.allSettled(away.map((userId) => notify(deps, room, message, userId)));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
  return results.filter((result) => result.status === 'fulfilled' && result.value).length;
}

/** Returns whether the user was notified. */
async function notify(
  deps: NotifyAwayDependencies,
  room: Room,
  message: SentMessage,
  userId: string,
): Promise<boolean> {
  if (!isAdmitted(room, userId, await deps.standings.read(room, userId), deps.now())) return false;
  if (isOfStranger(room, userId)) {
    const isAllowed = await chargeNotices(deps.budgets, [strangersBudget(userId)]);
    if (!isAllowed) return false;
  }
  if (!(await deps.absences.claim(message, userId, deps.now()))) return false;
  // A user who has joined before the claim was stored would never end it.
  if ((await deps.absences.listAway([userId], deps.now())).length === 0) {
    await deps.absences.release(message, userId);
    return false;
  }
  const { epoch, seq, messageId, from, ts } = message;
  const { name, kind } = room;
  await deps.bus.publish({
    type: 'MessageMissed',
    detail: {
      ...{ version: 1, userId, room: room.room },
      ...(name === undefined ? {} : { name }),
      ...(kind === undefined ? {} : { kind }),
      ...{ epoch, seq, messageId, from, ts },
      devices: await deps.devices.list(userId),
    },
  });
  await deps.absences.confirm(message, userId);
  return true;
}

/** Returns whether a user has never opened a direct room, so that its messages come from a stranger. */
function isOfStranger({ kind, openedBy }: Room, userId: string): boolean {
  return kind === 'direct' && !openedBy?.has(userId);
}
