import { chargeNotices, type LimitDependencies } from './charge-action';
import type { Rate } from './ports';

/** The limits of notices in a room: about one user, and about all users together. */
const NOTICES_PER_USER: Rate = { perSecond: 0.1, burst: 6 };
const NOTICES_PER_ROOM: Rate = { perSecond: 2, burst: 40 };

/** Seconds between two announcements that a user is typing in a room. */
export const TYPING_SECONDS = 5;
/** Allows an announcement half a second early, because network delays vary. */
const TYPING_RATE: Rate = { perSecond: 1 / TYPING_SECONDS, burst: 1.1 };

/**
 * Charges a notice that a user joined, left or changed names in a room, and returns whether to send it. Every member receives
 * each notice, so a user who joins and leaves in a loop causes only a few notices, and then one every ten seconds. The next
 * notice contains the current member count.
 */
export async function chargeNotice(
  { budgets }: Pick<LimitDependencies, 'budgets'>,
  room: string,
  userId: string,
): Promise<boolean> {
  return chargeNotices(budgets, [
    [`notices#${room}#${userId}`, NOTICES_PER_USER],
    [`notices#${room}`, NOTICES_PER_ROOM],
  ]);
}

/**
 * Charges an announcement that a user is typing in a room, and returns whether to send it. Returns false while clients still
 * show the previous announcement.
 */
export async function chargeTyping(
  { budgets }: Pick<LimitDependencies, 'budgets'>,
  room: string,
  userId: string,
): Promise<boolean> {
  const charge = { budget: 'typing', rate: TYPING_RATE, units: 1 };
  return (await budgets.charge(`typing#${room}#${userId}`, [charge])).allowed;
}
