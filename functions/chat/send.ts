import { ulid } from 'ulid';
import { type AppendDependencies, appendMessage, publishMessage, type StoredMessage } from './append-message';
import { type AuthorizedRequest, authorizeMember, requireWriter } from './authorization';
import { charge, type Rate } from './budget';
import { type LimitDependencies, rateLimitError, userOwner } from './limits';
import { ensureLobby } from './lobby';
import type { AppendRequest, EventBus, RoomLog } from './ports';
import type { Frame } from './protocol/requests';
import { isModerator } from './roles';
import { LOBBY } from './rooms';
import { checkText } from './text';
import type { Connection, Entry, Membership, Room } from './types';

export interface SendDependencies extends LimitDependencies, AppendDependencies {
  log: RoomLog;
  bus: EventBus;
  maxTextBytes: number;
  /** The rate limit of all messages in the lobby together. */
  lobbyRate: Rate;
  /** Called when storing a message in its sender's session fails. The message itself is stored. */
  onSessionFailed(error: unknown): void;
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
  const stored = await storeMessage(deps, authorized);
  await Promise.all([publishMessage(deps, stored), recordInSession(deps, stored, connectionId)]);
  return { ...stored, needsAck: authorized.connection.protocol === 'roomcast.v1' };
}

/** The session is for operators only: a message is sent even if this write fails. */
async function recordInSession(
  deps: SendDependencies,
  { entry, duplicate }: StoredMessage,
  connectionId: string,
): Promise<void> {
  if (!duplicate) await deps.log.recordLatestMessage(connectionId, entry).catch(deps.onSessionFailed);
}

/** Appends the message within the limits of the lobby and of slow mode. */
async function storeMessage(
  deps: SendDependencies,
  authorized: AuthorizedRequest<'sendmessage'>,
): Promise<StoredMessage> {
  const messageId = ulid(deps.now());
  const current = authorized.room ?? (await ensureLobby(deps.log));
  const { connection, membership } = authorized;
  await chargeShare(deps, current, connection);
  const stored = await appendMessage(
    deps,
    current,
    async (room) => {
      const budget = await chargeLobby(deps, room, connection);
      const entry = createEntry(room, authorized, messageId, deps.now());
      return { entry, ...budget, ...slowModeEnd(room, membership, entry.ts) };
    },
    (nextSendAt) => slowModeError(deps, connection, nextSendAt - deps.now()),
  );
  if (stored.duplicate && current.room === LOBBY) {
    const charged = await deps.log.chargeRoom(LOBBY, deps.lobbyRate);
    if (!charged.allowed) throw await lobbyLimitError(deps, connection, charged);
  }
  return stored;
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
  await chargeLobby(deps, room, connection); // a message that the lobby rejects takes nothing from the share
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

function lobbyLimitError(
  deps: SendDependencies,
  connection: Connection,
  rejection: { retryAfterMs: number },
) {
  const detail = 'The lobby is receiving too many messages. Wait before you send the next one.';
  return rateLimitError(deps, connection, detail, rejection);
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
