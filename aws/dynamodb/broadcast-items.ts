import type { Broadcast } from '../../chat/types';
import { DAY_SECONDS, expiresIn, pick } from './items';

/** Maps broadcasts to items of the chat table. */

type Item = Record<string, unknown>;

// Broadcasts share one partition, sorted by time.

const BROADCASTS = 'broadcast';

export const broadcastBudgetKey = { pk: BROADCASTS, sk: 'budget' };

/** The one item of a broadcast, regardless of the number of recipients. */
export function broadcastItem(broadcast: Broadcast, retentionDays: number): Item {
  return {
    pk: BROADCASTS,
    sk: `sent#${new Date(broadcast.ts).toISOString()}#${broadcast.messageId}`,
    ...broadcast,
    expiresAt: expiresIn(retentionDays * DAY_SECONDS, broadcast.ts),
  };
}

export function toBroadcast(item: Item): Broadcast {
  return pick(item, ['messageId', 'text', 'ts']);
}

/** Returns the key condition's values for all broadcasts since a time. */
export function broadcastsSince(ms: number) {
  return { ':pk': BROADCASTS, ':from': `sent#${new Date(ms).toISOString()}`, ':to': 'sent#~' };
}
