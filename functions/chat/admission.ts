import { unknownRoomError } from './authorization';
import type { Admission, Standings } from './ports';
import { ProblemError } from './problems';
import { formatTimestamp } from './protocol/frames';
import { effectiveRole, roomRole, tokenRole } from './roles';
import type { Connection, Role, Room, Standing } from './types';

export interface AdmissionDependencies {
  standings: Standings;
  now(): number;
}

type Joiner = Pick<Connection, 'userId' | 'rights'>;

/** The attributes of the membership row that the admission determines, and the conditions of the join. */
export interface Admitted {
  row: { role: Role; standingVersion: number };
  admission: Admission;
}

/**
 * Decides whether a user may join a room, and with which role.
 *
 * @throws ProblemError `forbidden` if the user is banned or needs an invite. `unknown-room` for the direct room of two
 *   other users, so that nobody can learn who talks to whom.
 */
export async function admit(deps: AdmissionDependencies, joiner: Joiner, room: Room): Promise<Admitted> {
  const { userId, rights } = joiner;
  const standing = await deps.standings.read(room, userId);
  requireNotBanned(standing, deps.now());
  if (!roomRole(room, userId, standing) && !tokenRole(room, rights)) {
    if (room.kind === 'direct') throw unknownRoomError();
    if (room.kind === 'invite') throw new ProblemError('forbidden', 'This room requires an invite.');
  }
  const { version } = standing;
  return {
    row: { role: effectiveRole(room, userId, standing, rights), standingVersion: version },
    admission: { room: { room: room.room, epoch: room.epoch }, userId, standingVersion: version },
  };
}

/** @throws ProblemError `forbidden` if the user is banned. */
export function requireNotBanned({ bannedUntil }: Standing, now: number): void {
  if (bannedUntil === undefined || bannedUntil <= now) return;
  const end = bannedUntil === FOREVER ? '' : ` until ${formatTimestamp(bannedUntil)}`;
  throw new ProblemError('forbidden', `You are banned from this room${end}.`);
}

/** The end of a ban for good: the last time that a JavaScript date can represent. */
export const FOREVER = 8_640_000_000_000_000;

/** The error for a user whose standing changed several times, or during a handshake. */
export function rightsChangedError(): ProblemError {
  const detail = 'Your rights in the room are changing. Try again in a moment.';
  return new ProblemError('room-busy', detail, { retryAfterMs: 1000 });
}
