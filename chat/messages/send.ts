import { ulid } from 'ulid';
import { announceDirectMessage, type DirectNoticeDependencies } from '../delivery/direct-notice';
import type { EventBus } from '../delivery/ports';
import { charge, type Rate } from '../limits/budget';
import { type LimitDependencies, rateLimitError, userOwner } from '../limits/limits';
import type { RoomBudgets } from '../limits/ports';
import { type AuthorizedRequest, authorizeMember, requireWriter } from '../members/authorization';
import type { Senders } from '../members/ports';
import { isModerator } from '../moderation/roles';
import type { Frame } from '../protocol/requests';
import { checkText } from '../protocol/text';
import { ensureLobby } from '../rooms/lobby';
import type { Rooms } from '../rooms/ports';
import { LOBBY } from '../rooms/room-keys';
import type { Connection, Entry, Room } from '../types';
import { type AppendDependencies, appendMessage, publishMessage, type StoredMessage } from './append';
import type { Turns } from './ports';

export interface SendDependencies extends LimitDependencies, AppendDependencies, DirectNoticeDependencies {
  log: AppendDependencies['log'] & Senders & Rooms & Turns & RoomBudgets;
  bus: EventBus;
  maxTextBytes: number;
  /** The rate limit of all messages in the lobby together. */
  lobbyRate: Rate;
  /** Called when announcing a message to the other user of a direct room fails. The message itself is stored. */
  onDirectNoticeFailed(error: unknown): void;
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
  await Promise.all([publishMessage(deps, stored), announceInDirectRoom(deps, authorized.room, stored)]);
  return { ...stored, needsAck: authorized.connection.protocol === 'roomcast.v1' };
}

/** Announces a repeated message as well, because the first attempt may have failed before the announcement. */
async function announceInDirectRoom(
  deps: SendDependencies,
  room: Room | undefined,
  { entry }: StoredMessage,
): Promise<void> {
  if (room) await announceDirectMessage(deps, room, entry).catch(deps.onDirectNoticeFailed);
}

/** Appends the message within the limits of the lobby and of slow mode. */
async function storeMessage(
  deps: SendDependencies,
  authorized: AuthorizedRequest<'sendmessage'>,
): Promise<StoredMessage> {
  const room = authorized.room ?? (await ensureLobby(deps.log));
  await checkLobby(deps, room, authorized.connection);
  await takeTurn(deps, room, authorized);
  await chargeLobby(deps, room, authorized.connection);
  const messageId = ulid(deps.now());
  return appendMessage(deps, room, (head) => createEntry(head, authorized, messageId, deps.now()));
}

/** In a crowded lobby, each user has the share of one in fifty. The rest of the burst is for those who use less. */
function fairShare({ perSecond, burst }: Rate): Rate {
  return { perSecond: perSecond / 50, burst: Math.max(1, burst / 20) };
}

/** Requires that the lobby's budget allows the message, before anything is charged or written. Other rooms have none. */
async function checkLobby(deps: SendDependencies, room: Room, connection: Connection): Promise<void> {
  if (room.room !== LOBBY) return;
  const checked = charge(deps.lobbyRate, room.arrival, deps.now());
  if (!checked.allowed) throw await lobbyLimitError(deps, connection, checked);
}

/**
 * Charges a message to the lobby's budget. If the lobby is crowded, that is, if half of its budget is used up, first
 * charges the message to the user's share. Otherwise, a few busy users could use up the lobby's budget for everybody.
 */
async function chargeLobby(deps: SendDependencies, room: Room, connection: Connection): Promise<void> {
  if (room.room !== LOBBY) return;
  const { lobbyRate } = deps;
  if (!charge(lobbyRate, room.arrival, deps.now(), lobbyRate.burst / 2).allowed) {
    const share = { budget: 'lobby', rate: fairShare(lobbyRate), units: 1 };
    const shared = await deps.budgets.charge(userOwner(connection.userId), [share]);
    if (!shared.allowed) throw await lobbyLimitError(deps, connection, shared);
  }
  const charged = await deps.log.chargeRoom(room, lobbyRate);
  if (!charged.allowed) throw await lobbyLimitError(deps, connection, charged);
}

function lobbyLimitError(
  deps: SendDependencies,
  connection: Connection,
  rejection: { retryAfterMs: number },
) {
  const detail = 'The lobby is receiving too many messages. Wait before you send the next one.';
  return rateLimitError(deps, connection, detail, rejection);
}

/** Takes the sender's turn in a room in slow mode. Moderators need none. */
async function takeTurn(
  deps: SendDependencies,
  { room, slowModeSeconds, lastTs }: Room,
  { connection, membership, request }: AuthorizedRequest<'sendmessage'>,
): Promise<void> {
  if (slowModeSeconds === undefined || isModerator(membership.role ?? 'member')) return;
  const { clientMsgId } = request;
  const ts = Math.max(deps.now(), lastTs);
  const message = { room, from: membership, ts, ...(clientMsgId === undefined ? {} : { clientMsgId }) };
  const nextSendAt = await deps.log.takeTurn(message, ts + slowModeSeconds * 1000);
  if (nextSendAt === undefined) return;
  const detail = 'The room is in slow mode. Wait before you send the next message.';
  const retryAfterMs = Math.max(nextSendAt - deps.now(), 1);
  throw await rateLimitError(deps, connection, detail, { retryAfterMs });
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
