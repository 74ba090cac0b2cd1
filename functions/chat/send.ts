import { createHash } from 'node:crypto';
import { ulid } from 'ulid';
import { type Admission, admit, openLobby } from './admission';
import { charge, type Rate } from './budget';
import { messageSent } from './events';
import type { Append, Bus, RoomLog } from './ports';
import { ProblemError } from './problems';
import type { Frame } from './protocol/requests';
import { LOBBY } from './rooms';
import { checkText } from './text';
import type { Entry, Room } from './types';

/** How long a send competes for its place in a busy room before it is refused as `room-busy`. */
const DEADLINE_MS = 5000;
const FIRST_BACKOFF_MS = 10;
const MAX_BACKOFF_MS = 100;

export interface SendDependencies {
  log: RoomLog;
  bus: Bus;
  maxTextBytes: number;
  /** What one connection may send. */
  rate: Rate;
  /** What the lobby takes from everyone together. */
  lobbyRate: Rate;
  now(): number;
  sleep(ms: number): Promise<void>;
  random(): number;
}

/** A message at its place in the log. */
interface Stored {
  entry: Entry;
  /** The room's index keys at that moment. */
  shards: number;
  duplicate: boolean;
  /** How often another sender took the place first. */
  lostRaces: number;
}

/** A message that is stored, ordered and on its way. */
export interface Sent extends Stored {
  /** Whether the sender's protocol has an `ack`; a plain sender sees its message come back. */
  acknowledge: boolean;
}

/**
 * Stores a message at the next place of its room's log and publishes it. When this returns, the message is stored
 * exactly once for its `clientMsgId` and the bus has its event.
 *
 * @throws ProblemError `unauthenticated`, `invalid-frame`, `too-large`, `unknown-room` (also where the sender is not
 *   a member), `rate-limited`, `room-busy`, or `unavailable` if the message is stored but the bus has not taken its
 *   event; whatever else a port throws is not the sender's fault.
 */
export async function sendMessage(deps: SendDependencies, connectionId: string, frame: Frame): Promise<Sent> {
  const admission = await admit(deps, 'sendmessage', connectionId, frame);
  // Before the lobby is opened: a frame that is refused leaves nothing behind.
  checkText(admission.request.text, deps.maxTextBytes);
  const stored = await store(deps, admission, connectionId);
  await deps.bus.publish(messageSent(stored.entry, stored.shards)).catch((cause) => {
    throw new ProblemError('unavailable', notDelivered(stored.entry), { retryAfterMs: 1000, cause });
  });
  return { ...stored, acknowledge: admission.connection.protocol === 'roomcast.v1' };
}

/** Sending again is safe only with a `clientMsgId`: without one it would be another message. */
function notDelivered({ clientMsgId }: Entry): string {
  return clientMsgId === undefined
    ? 'The message is stored but could not be delivered just now. Do not send it again.'
    : 'The message is stored but could not be delivered just now. Send it again with the same clientMsgId.';
}

/** Competes for the room's next `seq` until the entry is stored, turns out to be stored already, or time is up. */
async function store(
  deps: SendDependencies,
  admission: Admission<'sendmessage'>,
  connectionId: string,
): Promise<Stored> {
  const messageId = ulid(deps.now());
  const textHash = hashOf(admission.request.text);
  const deadline = deps.now() + DEADLINE_MS;
  let room = admission.room ?? (await openLobby(deps.log));
  let { session } = admission;
  for (let lostRaces = 0; ; lostRaces += 1) {
    const budgets = spend(deps, room, session.arrival);
    const entry = entryAt(room, admission, messageId, deps.now());
    const appended = await deps.log.append({ entry, textHash, connectionId, ...budgets });
    if (appended.outcome === 'stored') return { entry, shards: room.shards, duplicate: false, lostRaces };
    if (appended.outcome === 'duplicate') {
      if (appended.textHash !== textHash) {
        throw new ProblemError('invalid-frame', 'This clientMsgId was used before, with another text.');
      }
      await deps.log.chargeSession(connectionId, 'arrival', session.arrival, budgets.arrival.after);
      const first = await storedEntry(deps, room.room, appended.seq);
      return { entry: first, shards: room.shards, duplicate: true, lostRaces };
    }
    const pause = deps.random() * Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** lostRaces);
    if (deps.now() + pause > deadline) {
      throw new ProblemError('room-busy', 'Too many messages at once in this room.', { retryAfterMs: 1000 });
    }
    await deps.sleep(pause);
    const view = await deps.log.readSender(connectionId, room.room);
    room = view.room ?? room;
    session = view.session ?? session;
  }
}

/** Charges the sender's budget, and the lobby's if it is there that is spoken. */
function spend(
  deps: SendDependencies,
  room: Room,
  before: number | undefined,
): Pick<Append, 'arrival' | 'roomArrival'> {
  const after = allowed(charge(deps.rate, before, deps.now()), 'You send too many messages.');
  const arrival = { before, after };
  if (room.room !== LOBBY) return { arrival };
  return {
    arrival,
    roomArrival: allowed(charge(deps.lobbyRate, room.arrival, deps.now()), 'The lobby is crowded.'),
  };
}

function allowed(charged: ReturnType<typeof charge>, detail: string): number {
  if (charged.allowed) return charged.arrival;
  throw new ProblemError('rate-limited', detail, { retryAfterMs: charged.retryAfterMs });
}

function entryAt(
  room: Room,
  { request, membership }: Admission<'sendmessage'>,
  messageId: string,
  now: number,
): Entry {
  return {
    room: room.room,
    epoch: room.epoch,
    seq: room.seq + 1,
    kind: 'message',
    messageId,
    ...(request.clientMsgId === undefined ? {} : { clientMsgId: request.clientMsgId }),
    from: { userId: membership.userId, username: membership.username },
    text: request.text,
    ts: Math.max(now, room.lastTs),
  };
}

async function storedEntry(deps: SendDependencies, room: string, seq: number): Promise<Entry> {
  const entry = await deps.log.readEntry(room, seq);
  if (!entry) throw new Error(`the entry ${seq} that an idempotency item names is not in the log`);
  return entry;
}

/** What a repeated `clientMsgId` is compared by, so that the text is not kept twice. */
function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
