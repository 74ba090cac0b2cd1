import { randomFillSync } from 'node:crypto';

const ID_BYTES = 11;
const pool = Buffer.allocUnsafe(ID_BYTES * 512);
let used = pool.length;

/**
 * Creates a connection, request or message ID in API Gateway's format: 11 random bytes in URL-safe base64, which are 16
 * characters with padding, for example `L0SM9cOFvHcCIhw=`.
 *
 * Generates random bytes for many IDs in advance, because each message to a connection requires an ID.
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

/**
 * Returns whether a string has the format of a connection ID. API Gateway returns different errors for malformed IDs and for
 * unknown IDs.
 */
export function isConnectionId(text: string): boolean {
  return /^[\w-]{15}=$/.test(text);
}
