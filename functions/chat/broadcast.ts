import { ulid } from 'ulid';
import { charge, type Rate } from './budget';
import { broadcastSent } from './events';
import type { Broadcasts, Bus } from './ports';
import { ProblemError } from './problems';
import { checkText } from './text';
import type { Broadcast } from './types';

/** How often a broadcast that another one overtook is tried again. */
const TRIES = 3;

export interface BroadcastDependencies {
  /** Whether this is the key that allows to broadcast. */
  isKey(presented: string): Promise<boolean>;
  broadcasts: Broadcasts;
  bus: Bus;
  maxTextBytes: number;
  /** What everyone who has the key may send together. */
  rate: Rate;
  now(): number;
}

export interface BroadcastRequest {
  /** What the request brings as its key. */
  key: string | undefined;
  /** The body's bytes. */
  body: Uint8Array | undefined;
}

/**
 * Sends a text to everyone who is connected. When this returns, the bus has its event. Who asks is decided before the
 * body is looked at, and a request that is refused takes nothing from the budget.
 *
 * @throws ProblemError `unauthenticated`, `invalid-frame`, `too-large`, `rate-limited`, or `unavailable` if the bus has
 *   not taken the event.
 */
export async function broadcast(deps: BroadcastDependencies, request: BroadcastRequest): Promise<Broadcast> {
  const { key, body } = request;
  if (key === undefined || !(await deps.isKey(key))) {
    throw new ProblemError(
      'unauthenticated',
      'The key is missing or wrong: send it as "Authorization: Bearer <key>".',
    );
  }
  const text = textOf(body);
  checkText(text, deps.maxTextBytes);
  const accepted = await accept(deps, text);
  await deps.bus.publish(broadcastSent(accepted)).catch((cause) => {
    const detail = 'The message could not be delivered just now. Send it again in a moment.';
    throw new ProblemError('unavailable', detail, { retryAfterMs: 1000, cause });
  });
  return accepted;
}

/** The tutorials spell the field in two ways. */
function textOf(body: Uint8Array | undefined): string {
  const value = parse(body);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ProblemError('invalid-frame', 'The body is not a JSON object.');
  }
  const { message, Message } = value as Record<string, unknown>;
  const text = message ?? Message;
  if (typeof text !== 'string') throw new ProblemError('invalid-frame', 'message must be a string.');
  return text;
}

function parse(body: Uint8Array | undefined): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    throw new ProblemError('invalid-frame', 'The body is not JSON in UTF-8.');
  }
}

/** Charges the budget and keeps the broadcast, or refuses it. */
async function accept(deps: BroadcastDependencies, text: string): Promise<Broadcast> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const before = await deps.broadcasts.readBudget();
    const ts = deps.now();
    const charged = charge(deps.rate, before, ts);
    if (!charged.allowed) throw tooMany(charged.retryAfterMs);
    const accepted = { messageId: ulid(ts), text, ts };
    if (await deps.broadcasts.keep(accepted, { before, after: charged.arrival })) return accepted;
  }
  throw tooMany(Math.ceil(1000 / deps.rate.perSecond));
}

function tooMany(retryAfterMs: number): ProblemError {
  return new ProblemError('rate-limited', 'Too many broadcasts at once.', { retryAfterMs });
}
