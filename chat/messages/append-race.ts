import { ProblemError } from '../protocol/problems';
import type { Rooms } from '../rooms/ports';
import type { Room } from '../types';

/** How long an append is retried in a busy room before it fails with `room-busy`. */
const DEADLINE_MS = 5000;
const FIRST_BACKOFF_MS = 10;
const MAX_BACKOFF_MS = 100;

export interface RaceDependencies {
  now(): number;
  sleep(ms: number): Promise<void>;
  random(): number;
}

/** The state of an append that competes with others for the next `seq` of a room. */
export interface Race {
  deadline: number;
  /** The number of attempts that failed because another append took the `seq` first. */
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

/** Reads a room again after a lost race. */
export async function readAgain(log: Pick<Rooms, 'readRoom'>, before: Room): Promise<Room> {
  return (await log.readRoom(before.room)) ?? before;
}
