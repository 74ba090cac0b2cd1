import { ulid } from 'ulid';
import { chargeRate } from '../limits/charge-action';
import type { Rate } from '../limits/ports';
import { checkText } from '../protocol/message-text';
import { ProblemError } from '../protocol/problems';
import { createBroadcastSent } from '../protocol/serialize';
import type { Broadcast } from '../types';
import type { Broadcasts, EventBus } from './ports';

/** The number of attempts to store a broadcast if concurrent broadcasts charge the same budget. */
const MAX_ATTEMPTS = 3;

export interface BroadcastDependencies {
  isCurrentKey(key: string): Promise<boolean>;
  broadcasts: Broadcasts;
  bus: EventBus;
  maxTextBytes: number;
  /** The rate limit of all broadcasts together. */
  rate: Rate;
  now(): number;
}

export interface BroadcastRequest {
  /** The bearer token. */
  key: string | undefined;
  body: Uint8Array | undefined;
}

/**
 * Sends a text to every open connection. Publishes the event before it returns. Checks the key before the body, and charges the
 * budget for accepted requests only.
 *
 * @throws ProblemError `unauthenticated`, `invalid-frame`, `too-large`, `rate-limited`, or `unavailable` if the event could not
 *   be published.
 */
export async function broadcast(deps: BroadcastDependencies, request: BroadcastRequest): Promise<Broadcast> {
  const { key, body } = request;
  if (key === undefined || !(await deps.isCurrentKey(key))) {
    throw new ProblemError(
      'unauthenticated',
      'Missing or invalid key. Send the broadcast key as "Authorization: Bearer <key>".',
    );
  }
  const text = decodeText(body);
  checkText(text, deps.maxTextBytes);
  const accepted = await storeBroadcast(deps, text);
  await deps.bus.publish(createBroadcastSent(accepted)).catch((cause) => {
    const detail = 'The message could not be delivered. Send it again in a moment.';
    throw new ProblemError('unavailable', detail, { retryAfterMs: 1000, cause });
  });
  return accepted;
}

/** Reads `message` or `Message`, because the tutorials use both spellings. */
function decodeText(body: Uint8Array | undefined): string {
  const value = parseBroadcast(body);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ProblemError('invalid-frame', 'The body must be a JSON object.');
  }
  const { message, Message } = value as Record<string, unknown>;
  const text = message ?? Message;
  if (typeof text !== 'string') throw new ProblemError('invalid-frame', 'message must be a string.');
  return text;
}

function parseBroadcast(body: Uint8Array | undefined): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    throw new ProblemError('invalid-frame', 'The body must be JSON in UTF-8.');
  }
}

/** Charges the budget and stores the broadcast in one step. */
async function storeBroadcast(deps: BroadcastDependencies, text: string): Promise<Broadcast> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    const before = await deps.broadcasts.readBudget();
    const ts = deps.now();
    const charged = chargeRate(deps.rate, before, ts);
    if (!charged.allowed) throw broadcastLimitError(charged.retryAfterMs);
    const accepted = { messageId: ulid(ts), text, ts };
    if (await deps.broadcasts.store(accepted, { before, after: charged.arrival })) return accepted;
  }
  throw broadcastLimitError(Math.ceil(1000 / deps.rate.perSecond));
}

function broadcastLimitError(retryAfterMs: number): ProblemError {
  const detail = 'Too many broadcasts. Wait before you send the next one.';
  return new ProblemError('rate-limited', detail, { retryAfterMs });
}
