import { createHash } from 'node:crypto';
import { ProblemError } from '../protocol/problems';
import type { IdempotencyKeys, StoredReply } from './ports';

const KEY = /^[\x21-\x7e]{1,255}$/;

/**
 * How long a request may take. After this time, another request with the same key assumes that the first request failed, and
 * runs the operation again.
 */
const CLAIM_MS = 30_000;

/** @throws ProblemError `invalid-frame` if the key is not 1 to 255 printable ASCII characters. */
export function checkIdempotencyKey(key: string): void {
  if (KEY.test(key)) return;
  throw new ProblemError('invalid-frame', 'Idempotency-Key must be 1 to 255 printable ASCII characters.');
}

/** Returns the `clientMsgId` for an idempotency key: the key itself if it is a UUID, otherwise a UUID derived from the key. */
export function toClientMsgId(key: string): string {
  if (/^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i.test(key)) return key;
  const hex = createHash('sha256').update(`roomcast idempotency ${key}`).digest('hex');
  // Version 8 is for application-specific values (RFC 9562, section 5.8).
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(12, 15)}-8${hex.slice(15, 18)}-${hex.slice(18, 30)}`;
}

/**
 * Runs an operation once per key, and returns the stored reply of the first run to later requests. An operation that fails
 * stores nothing, so that the request can be repeated.
 *
 * @param request identifies the request: the operation and its parameters.
 * @throws ProblemError `invalid-frame` if the key was used for another request, `room-busy` if the first request is still
 * running.
 */
export async function runOnce(
  deps: { idempotencyKeys: IdempotencyKeys; now(): number },
  key: string,
  request: unknown,
  operation: () => Promise<StoredReply>,
): Promise<StoredReply> {
  const requestHash = createHash('sha256').update(JSON.stringify(request)).digest('base64url');
  const now = deps.now();
  const found = await deps.idempotencyKeys.claim({ key, requestHash, now, staleBefore: now - CLAIM_MS });
  if (!found) return runClaimed(deps.idempotencyKeys, key, operation);
  if (found.requestHash !== requestHash)
    throw new ProblemError(
      'invalid-frame',
      'This Idempotency-Key was already used for a different request. Use a new one.',
    );
  if (found.reply) return found.reply;
  const detail = 'A request with this Idempotency-Key is running. Try again in a moment.';
  throw new ProblemError('room-busy', detail, { retryAfterMs: 1000 });
}

async function runClaimed(
  keys: IdempotencyKeys,
  key: string,
  operation: () => Promise<StoredReply>,
): Promise<StoredReply> {
  try {
    const reply = await operation();
    await keys.storeReply(key, reply);
    return reply;
  } catch (error) {
    await keys.release(key);
    throw error;
  }
}
