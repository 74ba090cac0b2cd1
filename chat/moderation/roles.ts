import { ProblemError } from '../protocol/problems';
import type { Rights, Role, Room, Standing, User } from '../types';

/** A user, or the system itself, who performs an operation in a room. The system outranks every role. */
export interface Actor extends User {
  role: Role | 'system';
  /** The version of the standing from which the role was read. Undefined for the system. */
  standingVersion?: number;
}

/** The user on whose behalf the server API acts. No guest, and no user with a token, has an ID with this prefix. */
export const SYSTEM: Actor = { userId: 's-system', username: 'System', role: 'system' };

const RANKS = { reader: 0, member: 1, moderator: 2, owner: 3, system: 4 } as const;

/** Returns whether the first role has more rights than the second. */
export function outranks(role: Actor['role'], other: Actor['role']): boolean {
  return RANKS[role] > RANKS[other];
}

/** Returns whether a role may moderate, that is, act on users and messages of lower ranks. */
export function isModerator(role: Actor['role']): boolean {
  return RANKS[role] >= RANKS.moderator;
}

/** Returns the highest of the roles, or undefined if there is none. */
export function highestRole(...roles: readonly (Role | undefined)[]): Role | undefined {
  const granted = roles.filter((role) => role !== undefined);
  return granted.sort((a, b) => RANKS[b] - RANKS[a])[0];
}

/** Returns the role that the room itself grants to a user, or undefined if it grants none. */
export function roomRole(room: Room, userId: string, standing: Standing): Role | undefined {
  if (room.kind === 'direct') return room.users?.includes(userId) ? 'member' : undefined;
  return standing.role ?? (room.owner === userId ? 'owner' : undefined);
}

/** Returns the role that a user's token grants in a room. Tokens grant nothing in direct rooms. */
export function tokenRole({ kind, room }: Room, rights: Rights = {}): Role | undefined {
  if (kind === 'direct') return undefined;
  return rights.admin ? 'owner' : rights.rooms?.[room];
}

/** Returns the higher of the roles that the room and the token grant, or `member` if they grant none. */
export function effectiveRole(room: Room, userId: string, standing: Standing, rights?: Rights): Role {
  return highestRole(roomRole(room, userId, standing), tokenRole(room, rights)) ?? 'member';
}

/** @throws ProblemError `forbidden` if the actor is not a moderator, or in direct rooms, which have no moderators. */
export function requireModerator({ role }: Actor, { kind }: Room): void {
  if (kind === 'direct')
    throw new ProblemError('forbidden', 'Direct rooms have no moderators, roles or invites.');
  if (!isModerator(role))
    throw new ProblemError('forbidden', 'Only moderators and owners of the room may do this.');
}

/** Returns the error for a user whose standing changes during the request. */
export function rightsChangedError(): ProblemError {
  const detail = 'Your rights in the room are changing. Try again in a moment.';
  return new ProblemError('room-busy', detail, { retryAfterMs: 1000 });
}
