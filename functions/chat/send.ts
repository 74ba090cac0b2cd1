import { createHash } from 'node:crypto';
import { ulid } from 'ulid';
import { type AuthorizedRequest, authorizeMember, requireWriter } from './authorization';
import { charge, type Rate } from './budget';
import { createMessageSent } from './events';
import { type LimitDependencies, rateLimitError, userOwner } from './limits';
import { ensureLobby } from './lobby';
import type { AppendRequest, EventBus, RoomLog } from './ports';
import { ProblemError } from './problems';
import type { Frame } from './protocol/requests';
import { backOff, type RaceDependencies, startRace } from './race';
import { isModerator } from './roles';
import { LOBBY } from './rooms';
import { checkText } from './text';
import type { Connection, Entry, Membership, Room } from './types';

/**
 * How long a repeated message is published again. Its first publish may have failed; after this time, members learn about
 * it from the head sequence in the next `pong`.
 */
const REPUBLISH_MS = 5 * 60_000;

export interface SendDependencies extends LimitDependencies, RaceDependencies {
  log: RoomLog;
  bus: EventBus;
  maxTextBytes: number;
  /** The rate limit of all messages in the lobby together. */
  lobbyRate: Rate;
  /** Called when storing a message in its sender's session fails. The message itself is stored. */
  onSessionFailed(error: unknown): void;
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
 * Appends a message to its room's log and publishes its event. Stores each `clientMsgId` exactly once. Duplicates are
 * charged like messages.
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
  await Promise.all([publishMessage(deps, stored), recordInSession(deps, stored, connectionId)]);
  return { ...stored, needsAck: authorized.connection.protocol === 'roomcast.v1' };
}

/** @throws ProblemError `unavailable` if the event could not be published. */
export async function publishMessage(
  deps: Pick<SendDependencies, 'bus' | 'now'>,
  { entry, shards, duplicate }: Omit<StoredMessage, 'lostRaces'>,
): Promise<void> {
  if (duplicate && (entry.kind === 'void' || deps.now() - entry.ts > REPUBLISH_MS)) return;
  await deps.bus.publish(createMessageSent(entry, shards)).catch((cause) => {
    throw new ProblemError('unavailable', undeliveredDetail(entry), { retryAfterMs: 1000, cause });
  });
}

/** The session is for operators only: a message is sent even if this write fails. */
async function recordInSession(
  deps: SendDependencies,
  { entry, duplicate }: StoredMessage,
  connectionId: string,
): Promise<void> {
  if (!duplicate) await deps.log.recordLatestMessage(connectionId, entry).catch(deps.onSessionFailed);
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
  const race = startRace(deps);
  let room = authorized.room ?? (await ensureLobby(deps.log));
  const { connection } = authorized;
  await chargeShare(deps, room, connection);
  for (;;) {
    const budget = await chargeLobby(deps, room, connection);
    const entry = createEntry(room, authorized, messageId, deps.now());
    const nextSendAt = slowModeEnd(room, authorized.membership, entry.ts);
    const appended = await deps.log.append({ entry, textHash, ...budget, ...nextSendAt });
    if (appended.outcome === 'stored')
      return { entry, shards: room.shards, duplicate: false, lostRaces: race.lost };
    if (appended.outcome === 'slow-mode')
      throw await slowModeError(deps, connection, appended.nextSendAt - deps.now());
    if (appended.outcome === 'duplicate') {
      if (appended.textHash !== textHash) throw reusedIdError();
      if (room.room === LOBBY) {
        const charged = await deps.log.chargeRoom(LOBBY, deps.lobbyRate);
        if (!charged.allowed) throw await lobbyLimitError(deps, connection, charged);
      }
      const original = await readStoredEntry(deps, room.room, appended.seq);
      return { entry: original, shards: room.shards, duplicate: true, lostRaces: race.lost };
    }
    await backOff(deps, race);
    const view = await deps.log.readSender(connectionId, room.room);
    room = view.room ?? room;
  }
}

/** In a crowded lobby, each user has the share of one in fifty. The rest of the burst is for those who use less. */
function fairShare({ perSecond, burst }: Rate): Rate {
  return { perSecond: perSecond / 50, burst: Math.max(1, burst / 20) };
}

/**
 * Charges a message to the user's share of a crowded lobby, whose budget is half used up. Otherwise, a few busy users could
 * use up the lobby's budget for everybody.
 */
async function chargeShare(deps: SendDependencies, room: Room, connection: Connection): Promise<void> {
  if (room.room !== LOBBY) return;
  await chargeLobby(deps, room, connection); // a message that the lobby refuses takes nothing from the share
  const { lobbyRate } = deps;
  if (charge(lobbyRate, room.arrival, deps.now(), lobbyRate.burst / 2).allowed) return;
  const share = { budget: 'lobby', rate: fairShare(lobbyRate), units: 1 };
  const charged = await deps.budgets.charge(userOwner(connection.userId), [share]);
  if (!charged.allowed) throw await lobbyLimitError(deps, connection, charged);
}

/** Charges a message to the lobby's budget. Other rooms have none. */
async function chargeLobby(
  deps: SendDependencies,
  room: Room,
  connection: Connection,
): Promise<Pick<AppendRequest, 'roomArrival'>> {
  if (room.room !== LOBBY) return {};
  const charged = charge(deps.lobbyRate, room.arrival, deps.now());
  if (!charged.allowed) throw await lobbyLimitError(deps, connection, charged);
  return { roomArrival: { before: room.arrival, after: charged.arrival } };
}

function lobbyLimitError(deps: SendDependencies, connection: Connection, refusal: { retryAfterMs: number }) {
  const detail = 'The lobby is receiving too many messages. Wait before you send the next one.';
  return rateLimitError(deps, connection, detail, refusal);
}

/** Returns when the sender may send again in a room in slow mode. Moderators are exempt. */
function slowModeEnd({ slowModeSeconds }: Room, { role = 'member' }: Membership, ts: number) {
  if (slowModeSeconds === undefined || isModerator(role)) return {};
  return { nextSendAt: ts + slowModeSeconds * 1000 };
}

function slowModeError(deps: SendDependencies, connection: Connection, waitMs: number) {
  const detail = 'The room is in slow mode. Wait before you send the next message.';
  return rateLimitError(deps, connection, detail, { retryAfterMs: Math.max(waitMs, 1) });
}

function createEntry(
  room: Room,
  { request, membership, connection }: AuthorizedRequest<'sendmessage'>,
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
    connectionId: connection.connectionId,
  };
}

export async function readStoredEntry(
  deps: { log: Pick<RoomLog, 'readEntry'> },
  room: string,
  seq: number,
): Promise<Entry> {
  const entry = await deps.log.readEntry(room, seq);
  if (!entry) throw new Error(`An idempotency item references entry ${seq}, which is not in the log.`);
  return entry;
}

export function reusedIdError(): ProblemError {
  return new ProblemError(
    'invalid-frame',
    'This clientMsgId was already used with a different text. Use a new one.',
  );
}

/** The hash is stored with the `clientMsgId`, so that the text is not stored twice. */
export function hashText(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
