import { createHash, timingSafeEqual } from 'node:crypto';

/** How long a key is taken for the current one without looking: so long, at most, the one before it still works. */
export const KEY_MAX_AGE_MS = 60_000;
/** Wrong keys make the key be read again, since it may have been rotated, but not more often than this. */
export const KEY_REREAD_MS = 5_000;

interface KnownKey {
  hash: Buffer;
  readAt: number;
}

/**
 * Makes a check of the broadcast key that reads it seldom: when first asked, when what it knows has aged, and when a
 * key does not match. Keys are compared by their hashes in constant time, so that neither the key nor its length can
 * be told from how long it takes.
 *
 * @param read reads the current key.
 * @param now milliseconds.
 */
export function keyCheck(read: () => Promise<string>, now: () => number) {
  let known: KnownKey | undefined;
  let triedAt = Number.NEGATIVE_INFINITY;

  async function refresh(): Promise<KnownKey> {
    triedAt = now();
    known = { hash: hashOf(await read()), readAt: triedAt };
    return known;
  }

  return async (presented: string): Promise<boolean> => {
    const hash = hashOf(presented);
    const recent = known && now() - known.readAt < KEY_MAX_AGE_MS ? known : await refresh();
    if (timingSafeEqual(hash, recent.hash)) return true;
    if (now() - triedAt < KEY_REREAD_MS) return false;
    return timingSafeEqual(hash, (await refresh()).hash);
  };
}

function hashOf(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}
