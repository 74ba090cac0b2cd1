import { createHash } from 'node:crypto';
import { createMessageSent } from '../protocol/serialize';
import type { EventBus } from '../delivery/ports';
import { ProblemError } from '../protocol/problems';
import type { Rooms } from '../rooms/ports';
import type { Entry, Room } from '../types';
import { backOff, type RaceDependencies, readAgain, startRace } from './append-race';
import type { Appends, Claimed } from './ports';

/**
 * The period in which a repeated message is published again. Its first publish may have failed; after this period, members
 * learn about it from the head sequence in the next `pong`.
 */
const REPUBLISH_MS = 5 * 60_000;

export interface AppendDependencies extends RaceDependencies {
  log: Appends & Pick<Rooms, 'readRoom'>;
}

export interface StoredMessage {
  entry: Entry;
  /** The number of index keys to which the entry's event is sent. */
  shards: number;
  duplicate: boolean;
  /** The number of appends that failed because another sender took the `seq` first. */
  lostRaces: number;
}

/**
 * Appends a message with the room's next `seq`. Tries again until it is stored or the deadline passes. Returns the stored
 * entry if the sender has used the `clientMsgId` before.
 *
 * @param createEntry returns the entry for the current state of the room.
 * @throws ProblemError `invalid-frame` if the `clientMsgId` was used with another text, or `room-busy`.
 */
export async function appendMessage(
  deps: AppendDependencies,
  current: Room,
  createEntry: (room: Room) => Entry,
): Promise<StoredMessage> {
  const race = startRace(deps);
  let lost: Claimed | undefined;
  for (let room = current; ; ) {
    const entry = createEntry(room);
    const appended = await deps.log.append({ room, entry, textHash: hashText(entry.text), lost });
    if (appended.outcome === 'reused-id') throw reusedIdError();
    if (appended.outcome !== 'lost-race') {
      const { outcome, entry } = appended;
      return { entry, shards: room.shards, duplicate: outcome === 'duplicate', lostRaces: race.lost };
    }
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
  { entry, shards, duplicate }: StoredMessage,
): Promise<void> {
  if (duplicate && (entry.kind === 'void' || deps.now() - entry.ts > REPUBLISH_MS)) return;
  await deps.bus.publish(createMessageSent(entry, shards)).catch((cause) => {
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
    'This clientMsgId was already used with a different text. Use a new one.',
  );
}

/** The hash is stored with the `clientMsgId`, so that the text is not stored twice. */
function hashText(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
