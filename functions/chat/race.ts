import type { LogPosition, RoomLog } from './ports';
import { ProblemError } from './problems';
import type { Room } from './types';

/** How long an append is retried in a busy room before it fails with `room-busy`. */
const DEADLINE_MS = 5000;
const FIRST_BACKOFF_MS = 10;
const MAX_BACKOFF_MS = 100;

export interface RaceDependencies {
  now(): number;
  sleep(ms: number): Promise<void>;
  random(): number;
}

/** An append that competes with others for the next `seq` of a room. */
export interface Race {
  deadline: number;
  /** The number of appends that failed because another one took the `seq` first. */
  lost: number;
}

export function startRace({ now }: Pick<RaceDependencies, 'now'>): Race {
  return { deadline: now() + DEADLINE_MS, lost: 0 };
}

/**
 * Waits after a lost race, longer each time.
 *
 * @throws ProblemError `room-busy` at the deadline.
 */
export async function backOff(deps: RaceDependencies, race: Race): Promise<void> {
  const backoff = deps.random() * Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** race.lost);
  if (deps.now() + backoff > race.deadline) {
    const detail = 'The room is receiving too many messages. Try again in a moment.';
    throw new ProblemError('room-busy', detail, { retryAfterMs: 1000 });
  }
  race.lost += 1;
  await deps.sleep(backoff);
}

/**
 * Reads the last position of a room's log after a message has lost a race. The head is behind the log until the sender of
 * the last entry moves it, so it is read only if the last entry belongs to another room with the same number.
 *
 * @param taken the entry that was found in the log.
 */
export async function readEndOfLog(
  log: Pick<RoomLog, 'readEntries' | 'readRoom'>,
  before: Room,
  taken: LogPosition,
): Promise<Room> {
  const last = await readLast(log, before);
  return last ? moveTo(before, last) : readAfterRace(log, before, taken);
}

/**
 * Reads a room and the last position of its log after a lost race. The head stays behind the log if the sender of the last
 * entry fails.
 *
 * @param taken the entry that was found in the log.
 */
export async function readAfterRace(
  log: Pick<RoomLog, 'readEntries' | 'readRoom'>,
  before: Room,
  taken: LogPosition | undefined,
): Promise<Room> {
  const room = (await log.readRoom(before.room)) ?? before;
  if (room.epoch !== before.epoch) return room;
  // After the room: the longer ago the position was read, the more likely another sender takes the next one.
  return moveTo(room, (await readLast(log, room)) ?? taken);
}

/** Returns the last entry of a log. Returns undefined if it belongs to another room with the same number. */
async function readLast(
  log: Pick<RoomLog, 'readEntries'>,
  { room, epoch }: Room,
): Promise<LogPosition | undefined> {
  const [last] = await log.readEntries(room, { before: Number.POSITIVE_INFINITY, limit: 1 });
  return last?.epoch === epoch ? last : undefined;
}

/** Returns the room with its head moved forward to the position. */
function moveTo(room: Room, position: LogPosition | undefined): Room {
  return position && position.seq > room.seq ? { ...room, seq: position.seq, lastTs: position.ts } : room;
}
