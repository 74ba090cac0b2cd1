import { type RoomBudgetDependencies, requireRoomBudget } from '../limits/charge-action';
import { chargeLobbyBudget, type LobbyBudgetDependencies } from '../limits/room-limits';
import { type AuthorizedRequest, authorizeMember, requireWriter } from '../members/authorization';
import type { Senders } from '../members/ports';
import type { Actor } from '../moderation/roles';
import { ProblemError } from '../protocol/problems';
import type { Reply } from '../protocol/replies';
import type { Frame, Request } from '../protocol/requests';
import { ensureLobby } from '../rooms/lobby';
import { LOBBY } from '../rooms/room-keys';
import type { Entry, Room } from '../types';
import { MAX_EMOJIS } from './count-reactions';
import { type PublishReactionsDependencies, publishReactions } from './publish-reactions';
import { readMessage, unknownMessageError } from './read-message';

/** The maximum number of emoji that a user can add to a message. */
export const MAX_USER_EMOJIS = 5;

export interface ReactDependencies
  extends PublishReactionsDependencies,
    LobbyBudgetDependencies,
    RoomBudgetDependencies {
  log: PublishReactionsDependencies['log'] & Senders & LobbyBudgetDependencies['log'];
}

/**
 * Adds an emoji to a message for a member of the room, or removes the emoji. If the reaction is stored but cannot be announced
 * yet, the request is rejected with `rate-limited`. The client then repeats the request, unless a request of another user has
 * announced the reaction in the meantime.
 *
 * @throws ProblemError `unauthenticated`, `rate-limited`, `invalid-frame` or `unknown-room`; `unknown-message` if the message
 *   does not exist or was deleted; `forbidden` for readers, and if there are too many emoji; `room-busy`.
 */
export async function react(
  deps: ReactDependencies,
  connectionId: string,
  frame: Frame,
): Promise<Reply<'reacted'>> {
  const authorized = await authorizeMember(deps, 'react', connectionId, frame);
  const { request, membership } = authorized;
  requireWriter(membership, authorized.room, deps.now());
  const room = authorized.room ?? (await ensureLobby(deps.log));
  return changeReaction(deps, membership, { ...request, room }, () => chargeRooms(deps, room, authorized));
}

/**
 * Adds an emoji to a message, or removes the emoji.
 *
 * @param charge charges the entry that announces the reactions.
 * @throws ProblemError `rate-limited`, `unknown-message`, `forbidden` or `room-busy`, like `react`, or an error of `charge`.
 */
export async function changeReaction(
  deps: PublishReactionsDependencies,
  actor: Pick<Actor, 'userId' | 'username'>,
  { room, seq, emoji, remove = false }: Pick<Request<'react'>, 'seq' | 'emoji' | 'remove'> & { room: Room },
  charge?: () => ReturnType<typeof requireRoomBudget>,
): Promise<Reply<'reacted'>> {
  const message = await readMessage(deps.log, room, seq);
  if (message.kind === 'void') throw unknownMessageError();
  if (!remove) requirePlace(message, emoji);
  const change = { emoji, remove, max: MAX_USER_EMOJIS, now: deps.now() };
  const own = await deps.reactions.change(message, actor.userId, change);
  if (!own) throw tooManyError(`You can add ${MAX_USER_EMOJIS} emoji to a message.`);
  await publishReactions(deps, { actor, room, message, changedAt: own.at, charge });
  return { type: 'reacted', room: room.room, seq: message.seq, emojis: own.emojis };
}

function requirePlace({ reactions = [] }: Entry, emoji: string): void {
  const isShown = reactions.some((reaction) => reaction.emoji === emoji);
  if (!isShown && reactions.length >= MAX_EMOJIS)
    throw tooManyError(`A message can have ${MAX_EMOJIS} different emoji.`);
}

/** Charges the entry like a message, because both cause a fan-out. */
async function chargeRooms(
  deps: ReactDependencies,
  room: Room,
  { connection, recipients }: AuthorizedRequest<'react'>,
): ReturnType<typeof requireRoomBudget> {
  if (room.room === LOBBY) await chargeLobbyBudget(deps, room, connection);
  return requireRoomBudget(deps, room, connection, recipients);
}

function tooManyError(detail: string): ProblemError {
  return new ProblemError('forbidden', `${detail} Use one that the message has.`);
}
