import { ulid } from 'ulid';
import type { EventBus } from '../delivery/ports';
import { carryBudget } from '../limits/charge-action';
import type { Actor } from '../moderation/roles';
import { ProblemError } from '../protocol/problems';
import { createMessageChanged } from '../protocol/serialize';
import type { Rooms } from '../rooms/ports';
import type { Entry, Room } from '../types';
import { backOff, type RaceDependencies, readAgain, startRace } from './append-race';
import { countReactions, isSameCount } from './count-reactions';
import type { Entries, Reactions, UserReactions } from './ports';
import { readMessage, unknownMessageError } from './read-message';

/** Seconds between two entries with the counts of a message. */
const REACTION_SECONDS = 3;
const INTERVAL_MS = REACTION_SECONDS * 1000;
/**
 * An entry counts all reactions that were stored at least this long before it. This time covers slow writes and clock
 * differences.
 */
const SETTLED_MS = 1000;
/**
 * The maximum number of users whose own reactions an entry contains. Other users receive their own reactions with `history`.
 */
const MAX_USERS = 20;

export interface PublishReactionsDependencies extends RaceDependencies {
  log: Pick<Entries, 'readEntry'> & Rooms;
  reactions: Reactions;
  /** Called when publishing the event of an entry fails. Members find the entry with the next message or heartbeat. */
  onReactionUndelivered(error: unknown): void;
  bus: EventBus;
}

interface Publication {
  actor: Pick<Actor, 'userId' | 'username'>;
  room: Room;
  message: Entry;
  /**
   * When the reaction that the entry must count was stored. If undefined, the entry is published without waiting for the end of
   * the interval.
   */
  changedAt?: number;
  /** The user whose reactions are not counted. */
  without?: string;
  /** Charges the entry before it is stored, and returns a function that calculates the budget after the entry. */
  charge?: ((room: Room) => Promise<(current: Room) => Pick<Entry, 'budget'>>) | undefined;
}

/**
 * Appends an entry with the counts of a message's reactions, and publishes the entry, unless the latest entry already counts
 * the reaction. Each message gets at most one entry in `REACTION_SECONDS`, so a popular message does not need a fan-out for
 * each reaction.
 *
 * @throws ProblemError `rate-limited` within the interval, after which the client repeats the request. `unknown-message`,
 *   `room-busy`, or an error of `charge`.
 */
export async function publishReactions(
  deps: PublishReactionsDependencies,
  { actor, room: current, message: first, changedAt, without, charge }: Publication,
): Promise<void> {
  const race = startRace(deps);
  let message = first;
  let budgetAfter: Awaited<ReturnType<NonNullable<Publication['charge']>>> | undefined;
  for (let room = current; ; ) {
    const now = deps.now();
    const { reactions = [], reactedAt = 0 } = message;
    if (changedAt !== undefined) {
      if (reactedAt > changedAt + SETTLED_MS) return;
      requireInterval(reactedAt, now);
    }
    const users = (await deps.reactions.list(message)).filter(({ userId }) => userId !== without);
    const counts = countReactions(users, reactions);
    if (isSameCount(counts, reactions)) return;
    budgetAfter ??= (await charge?.(room)) ?? carryBudget;
    const entry = createEntry(room, message, actor, counts, now);
    if (await deps.reactions.publish(room, { ...entry, ...budgetAfter(room) }, message)) {
      const announced = { ...entry, byUser: ofRecentUsers(users, reactedAt) };
      await deps.bus.publish(createMessageChanged(announced, room.shards)).catch(deps.onReactionUndelivered);
      return;
    }
    await backOff(deps, race);
    room = await readAgain(deps.log, room);
    // The room has started its next log, in which `seq` identifies another message.
    if (room.epoch !== current.epoch) throw unknownMessageError();
    message = await readMessage(deps.log, room, message.seq);
    if (message.kind === 'void') throw unknownMessageError();
  }
}

function requireInterval(reactedAt: number, now: number): void {
  const waitMs = reactedAt + INTERVAL_MS - now;
  if (waitMs <= 0) return;
  const detail = 'The reactions to a message are announced every few seconds. Wait, then repeat the request.';
  throw new ProblemError('rate-limited', detail, { retryAfterMs: waitMs });
}

function createEntry(
  room: Room,
  message: Entry,
  { userId, username }: Publication['actor'],
  reactions: NonNullable<Entry['reactions']>,
  now: number,
): Entry {
  return {
    ...{ room: room.room, epoch: room.epoch, seq: room.seq + 1, kind: 'reacted', target: message.seq },
    ...{ messageId: ulid(now), from: { userId, username }, text: '', ts: Math.max(now, room.lastTs) },
    ...{ reactions, reactedAt: now },
  };
}

/** Returns the emoji of the users whose reactions can have changed since the previous entry. */
function ofRecentUsers(users: readonly UserReactions[], reactedAt: number): Record<string, string[]> {
  const recent = users.filter(({ at }) => at >= reactedAt - SETTLED_MS).sort((a, b) => b.at - a.at);
  return Object.fromEntries(recent.slice(0, MAX_USERS).map(({ userId, emojis }) => [userId, emojis]));
}
