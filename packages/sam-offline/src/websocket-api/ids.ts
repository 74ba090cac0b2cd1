import { randomFillSync } from 'node:crypto';

const ID_BYTES = 11;
const pool = Buffer.allocUnsafe(ID_BYTES * 512);
let used = pool.length;

/**
 * Creates a connection, request or message ID in the format of API Gateway: 11 random bytes as URL-safe base64, 16
 * characters with padding, for example `L0SM9cOFvHcCIhw=`.
 *
 * Random bytes are generated for many IDs at once, because every post to a connection needs one.
 */
export function createId(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const id = pool.toString('base64url', used, used + ID_BYTES);
  used += ID_BYTES;
  return `${id}=`;
}

/** Returns whether a text has the format of a connection ID. API Gateway rejects malformed IDs with another error. */
export function isConnectionId(text: string): boolean {
  return /^[\w-]{15}=$/.test(text);
}
