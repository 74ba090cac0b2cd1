import { ulid } from 'ulid';
import { announceDirectMessage, type DirectNoticeDependencies } from '../delivery/direct-notice';
import type { EventBus } from '../delivery/ports';
import { type RoomBudgetDependencies, requireRoomBudget } from '../limits/charge-action';
import { chargeLobby, checkLobby, type RoomLimitDependencies, requireTurn } from '../limits/room-limits';
import { type AuthorizedRequest, authorizeMember, requireWriter } from '../members/authorization';
import type { Senders } from '../members/ports';
import { checkText } from '../protocol/message-text';
import { ProblemError } from '../protocol/problems';
import type { Frame } from '../protocol/requests';
import { createMessageSent } from '../protocol/serialize';
import { ensureLobby } from '../rooms/lobby';
import type { Rooms } from '../rooms/ports';
import { LOBBY } from '../rooms/room-keys';
import type { Entry, Room } from '../types';
import { backOff, type Race, type RaceDependencies, readAgain, startRace } from './append-race';
import type { Appends, Claimed, Entries } from './ports';
import { readMessage, unknownMessageError } from './read-message';

export interface SendDependencies
  extends RoomLimitDependencies,
    RoomBudgetDependencies,
    AppendDependencies,
    DirectNoticeDependencies {
  log: AppendDependencies['log'] &
    RoomLimitDependencies['log'] &
    Senders &
    Rooms &
    Pick<Entries, 'readEntry'>;
  bus: EventBus;
  maxTextBytes: number;
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
 * @throws ProblemError `unauthenticated`, `invalid-frame`, `too-large`, `unknown-room`, `rate-limited`, `room-busy`,
 *   `unknown-message` if the message that it replies to does not exist, or `unavailable` if the message is stored but its
 *   event could not be published.
 */
export async function sendMessage(
  deps: SendDependencies,
  connectionId: string,
  frame: Frame,
): Promise<SendResult> {
  const authorized = await authorizeMember(deps, 'sendmessage', connectionId, frame);
  requireWriter(authorized.membership, authorized.room, deps.now());
  // Check the text before the lobby is created: a rejected frame must not write anything.
  checkText(authorized.request.text, deps.maxTextBytes);
  const stored = await storeMessage(deps, authorized);
  const { room } = authorized;
  await Promise.all([
    publishMessage(deps, { ...stored, followed: stored.followed && canBeMissed(authorized) }),
    // Announce repeated messages too, because the first attempt may have failed before the announcement.
    room?.kind === 'direct' &&
      announceDirectMessage(deps, room, stored.entry).catch(deps.onDirectNoticeFailed),
  ]);
  return { ...stored, needsAck: authorized.connection.protocol === 'roomcast.v1' };
}

/**
 * Returns whether a follower of the room may be away. In a direct room, nobody is away while both users are members. The member
 * count can be slightly out of date.
 */
function canBeMissed({ room, memberCount }: AuthorizedRequest<'sendmessage'>): boolean {
  return room?.kind !== 'direct' || memberCount < 2;
}

/** Checks the limits of the room, and appends the message. */
async function storeMessage(
  deps: SendDependencies,
  authorized: AuthorizedRequest<'sendmessage'>,
): Promise<StoredMessage> {
  const room = authorized.room ?? (await ensureLobby(deps.log));
  await requireReplyTarget(deps.log, room, authorized.request.replyTo);
  const isLobby = room.room === LOBBY;
  if (isLobby) await checkLobby(deps, room, authorized.connection);
  const budgetAfter = await requireRoomBudget(deps, room, authorized.connection, authorized.recipients);
  if (room.slowModeSeconds !== undefined) await requireTurn(deps, room, authorized);
  if (isLobby) await chargeLobby(deps, room, authorized.connection);
  const messageId = ulid(deps.now());
  return appendMessage(deps, room, (head) => ({
    ...createEntry(head, authorized, messageId, deps.now()),
    ...replyIn(head, room, authorized.request.replyTo),
    ...budgetAfter(head),
  }));
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
    ...(membership.previousName === undefined ? {} : { previousName: membership.previousName }),
    text: request.text,
    ts: Math.max(now, room.lastTs),
    connectionId: connection.connectionId,
  };
}

/**
 * Checks that the message at the position `replyTo` exists. A deleted message is accepted, because the user may have written
 * the reply before the deletion.
 */
export async function requireReplyTarget(
  log: Pick<Entries, 'readEntry'>,
  room: Room,
  replyTo: number | undefined,
): Promise<void> {
  if (replyTo !== undefined) await readMessage(log, room, replyTo);
}

/**
 * @throws ProblemError `unknown-message` if the room has started its next log, in which `replyTo` identifies another message.
 */
export function replyIn(head: Room, checked: Room, replyTo: number | undefined): Pick<Entry, 'replyTo'> {
  if (replyTo === undefined) return {};
  if (head.epoch !== checked.epoch) throw unknownMessageError();
  return { replyTo };
}

/**
 * The period in which a repeated message is published again, because the first attempt to publish it may have failed. Later,
 * members detect the message from the head sequence in the next `pong`.
 */
const REPUBLISH_MS = 5 * 60_000;

export interface AppendDependencies extends RaceDependencies {
  log: Appends & Pick<Rooms, 'readRoom'>;
}

export interface StoredMessage {
  entry: Entry;
  /** The number of index keys that the entry's event is sent to. */
  shards: number;
  duplicate: boolean;
  /** Whether users other than the sender follow the room. */
  followed: boolean;
  /** The number of attempts that failed because another append took the `seq` first. */
  lostRaces: number;
}

/**
 * Appends a message with the room's next `seq`. Retries until the message is stored or the deadline passes. Returns the stored
 * entry if the sender has already used the `clientMsgId`.
 *
 * @param createEntry returns the entry for the current state of the room.
 * @throws ProblemError `invalid-frame` if the `clientMsgId` was used with another text, or `room-busy`.
 */
export async function appendMessage(
  deps: AppendDependencies,
  current: Room,
  createEntry: (room: Room) => Entry,
): Promise<StoredMessage> {
  let race: Race | undefined;
  let lost: Claimed | undefined;
  for (let room = current; ; ) {
    const entry = createEntry(room);
    const appended = await deps.log.append({ room, entry, lost });
    if (appended.outcome === 'reused-id') throw reusedIdError();
    if (appended.outcome !== 'lost-race') {
      const { outcome, entry } = appended;
      const followed = [...(room.followers ?? [])].some((userId) => userId !== entry.from.userId);
      const duplicate = outcome === 'duplicate';
      return { entry, shards: room.shards, duplicate, followed, lostRaces: race?.lost ?? 0 };
    }
    race ??= startRace(deps);
    await backOff(deps, race);
    lost = appended.lost;
    room = await readAgain(deps.log, room);
  }
}

/**
 * Publishes the event of a stored message.
 *
 * @throws ProblemError `unavailable` if the event could not be published.
 */
export async function publishMessage(
  deps: { bus: EventBus; now(): number },
  { entry, shards, duplicate, followed }: StoredMessage,
): Promise<void> {
  if (duplicate && (entry.kind === 'void' || deps.now() - entry.ts > REPUBLISH_MS)) return;
  await deps.bus.publish(createMessageSent(entry, shards, followed)).catch((cause) => {
    throw new ProblemError('unavailable', undeliveredDetail(entry), { retryAfterMs: 1000, cause });
  });
}

/** Only a send with a `clientMsgId` can be retried safely. Without one, a retry would store a second message. */
function undeliveredDetail({ clientMsgId }: Entry): string {
  return clientMsgId === undefined
    ? 'The message is stored but could not be delivered. Do not send it again.'
    : 'The message is stored but could not be delivered. Send it again with the same clientMsgId.';
}

function reusedIdError(): ProblemError {
  return new ProblemError(
    'invalid-frame',
    'This clientMsgId was already used with a different text or replyTo. Use a new one.',
  );
}
