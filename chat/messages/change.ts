import { ulid } from 'ulid';
import type { EventBus } from '../delivery/ports';
import { carryBudget } from '../limits/charge-action';
import { chargeLobbyBudget, type LobbyBudgetDependencies } from '../limits/room-limits';
import { authorizeMember, requireWriter } from '../members/authorization';
import type { Senders } from '../members/ports';
import { type Actor, isModerator } from '../moderation/roles';
import { checkText } from '../protocol/message-text';
import { ProblemError } from '../protocol/problems';
import type { Reply } from '../protocol/replies';
import type { Frame } from '../protocol/requests';
import { createMessageChanged, toAck } from '../protocol/serialize';
import { ensureLobby } from '../rooms/lobby';
import type { Rooms } from '../rooms/ports';
import { LOBBY } from '../rooms/room-keys';
import type { Entry, Room } from '../types';
import { backOff, type RaceDependencies, readAgain, startRace } from './append-race';
import type { Changes, Entries } from './ports';
import { readMessage, unknownMessageError } from './read-message';

export interface ChangeDependencies extends RaceDependencies {
  log: Changes & Entries & Rooms;
  bus: EventBus;
  maxTextBytes: number;
}

export interface ChangeRequestDependencies extends ChangeDependencies, LobbyBudgetDependencies {
  log: ChangeDependencies['log'] & Senders & LobbyBudgetDependencies['log'];
}

/**
 * Deletes or edits a message for a member of its room.
 *
 * @throws ProblemError `unauthenticated`, `rate-limited`, `invalid-frame` or `unknown-room`, or an error of the operation.
 */
export async function changeMessage(
  deps: ChangeRequestDependencies,
  action: 'deleteMessage' | 'editMessage',
  connectionId: string,
  frame: Frame,
): Promise<Reply<'ack'>> {
  const authorized = await authorizeMember(deps, action, connectionId, frame);
  const { connection, membership, request } = authorized;
  const room = authorized.room ?? (await ensureLobby(deps.log));
  if (room.room === LOBBY) await chargeLobbyBudget(deps, room, connection);
  const { userId, username, role } = membership;
  const actor = { userId, username, role };
  if (!('text' in request)) return deleteMessage(deps, actor, { room, seq: request.seq });
  requireWriter(membership, authorized.room, deps.now());
  return editMessage(deps, actor, { room, seq: request.seq, text: request.text as string });
}

/**
 * Deletes a message: removes its text from storage and appends an entry of kind `deleted`, which clients replay. Deleting a
 * message again returns the same entry.
 *
 * @throws ProblemError `unknown-message`; `forbidden` if the actor is neither the author nor a moderator; `room-busy`, or
 *   `unavailable` if the entry is stored but its event could not be published.
 */
export async function deleteMessage(
  deps: ChangeDependencies,
  actor: Actor,
  { room, seq }: { room: Room; seq: number },
): Promise<Reply<'ack'>> {
  return appendChange(deps, actor, room, seq, 'deleted', (message) => {
    if (message.from.userId !== actor.userId && !isModerator(actor.role))
      throw new ProblemError('forbidden', 'Only the author and moderators can delete a message.');
    return message.kind === 'void';
  });
}

/**
 * Edits a message: replaces its text in storage and appends an entry of kind `edited`, which clients replay. Repeating the
 * latest edit returns the same entry.
 *
 * @throws ProblemError `invalid-frame` or `too-large` for the text; `unknown-message`; `forbidden` if the actor is not the
 *   author; `room-busy`, or `unavailable` if the entry is stored but its event could not be published.
 */
async function editMessage(
  deps: ChangeDependencies,
  actor: Actor,
  { room, seq, text }: { room: Room; seq: number; text: string },
): Promise<Reply<'ack'>> {
  checkText(text, deps.maxTextBytes);
  return appendChange(
    deps,
    actor,
    room,
    seq,
    'edited',
    (message) => {
      if (message.from.userId !== actor.userId)
        throw new ProblemError('forbidden', 'Only the author can edit a message.');
      if (message.kind === 'void') throw unknownMessageError();
      return message.changeSeq !== undefined && message.text === text;
    },
    text,
  );
}

/**
 * Appends an entry that changes a message, and publishes its event.
 *
 * @param isDone checks the permission, and returns whether the latest change of the message is identical to this change.
 */
async function appendChange(
  deps: ChangeDependencies,
  { userId, username }: Actor,
  current: Room,
  seq: number,
  kind: 'deleted' | 'edited',
  isDone: (message: Entry) => boolean,
  text?: string,
): Promise<Reply<'ack'>> {
  const messageId = ulid(deps.now());
  const race = startRace(deps);
  for (let room = current; ; ) {
    const message = await readMessage(deps.log, room, seq);
    if (isDone(message)) {
      const stored = await deps.log.readEntry(room, message.changeSeq as number);
      if (!stored) throw unknownMessageError(); // the entry of the change has expired
      return publishChange(deps, { ...stored, text: text ?? '' }, room, true);
    }
    const { room: name, epoch } = room;
    const entry: Entry = {
      ...{ room: name, epoch, seq: room.seq + 1, kind, messageId, target: seq },
      ...{ from: { userId, username }, text: text ?? '', ts: Math.max(deps.now(), room.lastTs) },
      ...carryBudget(room),
    };
    if (await deps.log.change(room, entry, message)) return publishChange(deps, entry, room, false);
    await backOff(deps, race);
    room = await readAgain(deps.log, room);
    // The room has started its next log, in which `seq` identifies another message.
    if (room.epoch !== current.epoch) throw unknownMessageError();
  }
}

async function publishChange(
  deps: ChangeDependencies,
  entry: Entry,
  { shards }: Room,
  duplicate: boolean,
): Promise<Reply<'ack'>> {
  await deps.bus.publish(createMessageChanged(entry, shards)).catch((cause) => {
    const detail = 'The change is stored but could not be delivered. Send the request again.';
    throw new ProblemError('unavailable', detail, { retryAfterMs: 1000, cause });
  });
  return toAck(entry, duplicate);
}
