import { randomFillSync } from 'node:crypto';

const ID_BYTES = 11;
const pool = Buffer.allocUnsafe(ID_BYTES * 512);
let used = pool.length;

/**
 * An id in the form of API Gateway's connection, request and message ids: 11 random bytes as URL-safe base64,
 * 16 characters with the padding, for example `L0SM9cOFvHcCIhw=`.
 *
 * Random bytes are drawn for many ids at once, because every post to a connection needs one.
 */
export function newId(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const id = pool.toString('base64url', used, used + ID_BYTES);
  used += ID_BYTES;
  return `${id}=`;
}

/** Whether this could be a connection id at all: API Gateway tells a malformed one from one that is gone. */
export function isConnectionId(text: string): boolean {
  return /^[\w-]{15}=$/.test(text);
}
