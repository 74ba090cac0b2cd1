import { createHash, timingSafeEqual } from 'node:crypto';

/** How long the key is cached. After a rotation the previous key works for at most this long. */
export const KEY_MAX_AGE_MS = 60_000;
/** Minimum interval between reads that wrong keys cause. A key that does not match the cached key can be a rotated key. */
export const KEY_REREAD_MS = 5_000;

interface CachedKey {
  hash: Buffer;
  readAt: number;
}

/**
 * Creates a function that compares a key with the current key. The function reads the current key on first use, when the cached
 * key has expired, and when a key does not match. The function compares hashes in constant time, so that response times reveal
 * neither the key nor its length.
 *
 * @param readKey reads the current key.
 * @param now returns the time in milliseconds.
 */
export function createKeyCheck(readKey: () => Promise<string>, now: () => number) {
  let cached: CachedKey | undefined;
  let lastReadAt = Number.NEGATIVE_INFINITY;

  async function refresh(): Promise<CachedKey> {
    lastReadAt = now();
    cached = { hash: hashKey(await readKey()), readAt: lastReadAt };
    return cached;
  }

  return async (key: string): Promise<boolean> => {
    const hash = hashKey(key);
    const current = cached && now() - cached.readAt < KEY_MAX_AGE_MS ? cached : await refresh();
    if (timingSafeEqual(hash, current.hash)) return true;
    if (now() - lastReadAt < KEY_REREAD_MS) return false;
    return timingSafeEqual(hash, (await refresh()).hash);
  };
}

function hashKey(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}
