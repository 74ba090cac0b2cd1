import { createHash } from 'node:crypto';
import { DAY_SECONDS, expiresIn } from './items';

/** Maps idempotency keys to items of the chat table. */

type Item = Record<string, unknown>;

/** Keys are stored as a hash, because clients choose them. */
export function idempotencyKeyKey(key: string) {
  const hash = createHash('sha256').update(key).digest('base64url');
  return { pk: `idempotency#${hash}`, sk: 'idempotency' };
}

export function idempotencyKeyItem(key: string, requestHash: string, now: number): Item {
  return {
    ...idempotencyKeyKey(key),
    requestHash,
    claimedAt: now,
    expiresAt: expiresIn(DAY_SECONDS, now),
  };
}
