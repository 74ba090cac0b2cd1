import { createHash } from 'node:crypto';
import { ulid } from 'ulid';
import { type AuthorizedRequest, authorizeMember, requireWriter } from './authorization';
import { type ChargeResult, charge, type Rate } from './budget';
import { createMessageSent } from './events';
import { ensureLobby } from './lobby';
import type { AppendRequest, EventBus, RoomLog } from './ports';
import { ProblemError } from './problems';
import type { Frame } from './protocol/requests';
import { LOBBY } from './rooms';
import { checkText } from './text';
import type { Entry, Room } from './types';

/** How long a send is retried in a busy room before it fails with `room-busy`. */
const DEADLINE_MS = 5000;
const FIRST_BACKOFF_MS = 10;
const MAX_BACKOFF_MS = 100;

export interface SendDependencies {
  log: RoomLog;
  bus: EventBus;
  maxTextBytes: number;
  /** The rate limit of one connection. */
  rate: Rate;
  /** The rate limit of all messages in the lobby together. */
  lobbyRate: Rate;
  now(): number;
  sleep(ms: number): Promise<void>;
  random(): number;
}

interface StoredMessage {
  entry: Entry;
  /** The number of the room's index keys. */
  shards: number;
  duplicate: boolean;
  /** The number of appends that failed because another sender took the `seq` first. */
  lostRaces: number;
}

export interface SendResult extends StoredMessage {
  /** Whether the sender's protocol has an `ack`. A plain sender receives its message as a push instead. */
  needsAck: boolean;
}

/**
 * Appends a message to its room's log and publishes its event. Stores each `clientMsgId` exactly once.
 *
 * @throws ProblemError `unauthenticated`, `invalid-frame`, `too-large`, `unknown-room`, `rate-limited`, `room-busy`, or
 *   `unavailable` if the message is stored but its event could not be published.
 */
export async function sendMessage(
  deps: SendDependencies,
  connectionId: string,
  frame: Frame,
): Promise<SendResult> {
  const authorized = await authorizeMember(deps, 'sendmessage', connectionId, frame);
  requireWriter(authorized.membership);
  // Check the text before the lobby is created: a rejected frame must not write anything.
  checkText(authorized.request.text, deps.maxTextBytes);
  const stored = await storeMessage(deps, authorized, connectionId);
  await deps.bus.publish(createMessageSent(stored.entry, stored.shards)).catch((cause) => {
    throw new ProblemError('unavailable', undeliveredDetail(stored.entry), { retryAfterMs: 1000, cause });
  });
  return { ...stored, needsAck: authorized.connection.protocol === 'roomcast.v1' };
}

/** Only a send with a `clientMsgId` can be retried safely. Without one, the retry would be a second message. */
function undeliveredDetail({ clientMsgId }: Entry): string {
  return clientMsgId === undefined
    ? 'The message is stored but could not be delivered. Do not send it again.'
    : 'The message is stored but could not be delivered. Send it again with the same clientMsgId.';
}

/** Retries to append the message with the room's next `seq` until it is stored or the deadline passes. */
async function storeMessage(
  deps: SendDependencies,
  authorized: AuthorizedRequest<'sendmessage'>,
  connectionId: string,
): Promise<StoredMessage> {
  const messageId = ulid(deps.now());
  const textHash = hashText(authorized.request.text);
  const deadline = deps.now() + DEADLINE_MS;
  let room = authorized.room ?? (await ensureLobby(deps.log));
  let { session } = authorized;
  for (let lostRaces = 0; ; lostRaces += 1) {
    const budgets = chargeBudgets(deps, room, session.arrival);
    const entry = createEntry(room, authorized, messageId, deps.now());
    const appended = await deps.log.append({ entry, textHash, connectionId, ...budgets });
    if (appended.outcome === 'stored') return { entry, shards: room.shards, duplicate: false, lostRaces };
    if (appended.outcome === 'duplicate') {
      if (appended.textHash !== textHash) {
        throw new ProblemError(
          'invalid-frame',
          'This clientMsgId was already used with a different text. Use a new one.',
        );
      }
      await deps.log.chargeSession(connectionId, 'arrival', session.arrival, budgets.arrival.after);
      const original = await readStoredEntry(deps, room.room, appended.seq);
      return { entry: original, shards: room.shards, duplicate: true, lostRaces };
    }
    const backoff = deps.random() * Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** lostRaces);
    if (deps.now() + backoff > deadline) {
      const detail = 'The room is receiving too many messages. Try again in a moment.';
      throw new ProblemError('room-busy', detail, { retryAfterMs: 1000 });
    }
    await deps.sleep(backoff);
    const view = await deps.log.readSender(connectionId, room.room);
    room = view.room ?? room;
    session = view.session ?? session;
  }
}

/** Charges the sender's budget, and in the lobby also the lobby's. */
function chargeBudgets(
  deps: SendDependencies,
  room: Room,
  before: number | undefined,
): Pick<AppendRequest, 'arrival' | 'roomArrival'> {
  const after = requireAllowed(
    charge(deps.rate, before, deps.now()),
    'You are sending too many messages. Wait before you send the next one.',
  );
  const arrival = { before, after };
  if (room.room !== LOBBY) return { arrival };
  return {
    arrival,
    roomArrival: requireAllowed(
      charge(deps.lobbyRate, room.arrival, deps.now()),
      'The lobby is receiving too many messages. Wait before you send the next one.',
    ),
  };
}

function requireAllowed(charged: ChargeResult, detail: string): number {
  if (charged.allowed) return charged.arrival;
  throw new ProblemError('rate-limited', detail, { retryAfterMs: charged.retryAfterMs });
}

function createEntry(
  room: Room,
  { request, membership }: AuthorizedRequest<'sendmessage'>,
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

async function readStoredEntry(deps: SendDependencies, room: string, seq: number): Promise<Entry> {
  const entry = await deps.log.readEntry(room, seq);
  if (!entry) throw new Error(`An idempotency item references entry ${seq}, which is not in the log.`);
  return entry;
}

/** The hash is stored with the `clientMsgId`, so that the text is not stored twice. */
function hashText(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
