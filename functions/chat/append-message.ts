import { createHash } from 'node:crypto';
import { createMessageSent } from './events';
import type { AppendRequest, EventBus, RoomLog } from './ports';
import { ProblemError } from './problems';
import { backOff, type RaceDependencies, startRace } from './race';
import type { Entry, Room } from './types';

/**
 * The period in which a repeated message is published again. Its first publish may have failed; after this period, members
 * learn about it from the head sequence in the next `pong`.
 */
const REPUBLISH_MS = 5 * 60_000;

export interface AppendDependencies extends RaceDependencies {
  log: Pick<RoomLog, 'append' | 'readEntry' | 'readRoom'>;
}

export interface StoredMessage {
  entry: Entry;
  /** The number of the room's index keys. */
  shards: number;
  duplicate: boolean;
  /** The number of appends that failed because another sender took the `seq` first. */
  lostRaces: number;
}

/**
 * Appends a message with the room's next `seq`. Tries again until it is stored or the deadline passes. Returns the stored
 * entry if the sender has used the `clientMsgId` before.
 *
 * @param createRequest returns the request for the current state of the room.
 * @param createSlowModeError returns the error for a sender who has to wait until a time.
 * @throws ProblemError `invalid-frame` if the `clientMsgId` was used with another text, or `room-busy`.
 */
export async function appendMessage(
  deps: AppendDependencies,
  current: Room,
  createRequest: (room: Room) => Promise<Omit<AppendRequest, 'textHash' | 'shards'>>,
  createSlowModeError?: (nextSendAt: number) => Promise<ProblemError>,
): Promise<StoredMessage> {
  const race = startRace(deps);
  for (let room = current; ; ) {
    const request = await createRequest(room);
    const textHash = hashText(request.entry.text);
    const appended = await deps.log.append({ ...request, textHash, shards: room.shards });
    if (appended.outcome === 'stored')
      return { entry: request.entry, shards: room.shards, duplicate: false, lostRaces: race.lost };
    if (appended.outcome === 'duplicate') {
      if (appended.textHash !== textHash) throw reusedIdError();
      const entry = await readStoredEntry(deps.log, room.room, appended.seq);
      return { entry, shards: room.shards, duplicate: true, lostRaces: race.lost };
    }
    if (appended.outcome === 'slow-mode' && createSlowModeError)
      throw await createSlowModeError(appended.nextSendAt);
    await backOff(deps, race);
    room = (await deps.log.readRoom(room.room)) ?? room;
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

async function readStoredEntry(log: Pick<RoomLog, 'readEntry'>, room: string, seq: number): Promise<Entry> {
  const entry = await log.readEntry(room, seq);
  if (!entry) throw new Error(`An idempotency item references entry ${seq}, which is not in the log.`);
  return entry;
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
