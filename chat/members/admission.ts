import { addressUserId } from '../moderation/address-bans';
import { hashInviteCode } from '../moderation/create-invite';
import type { Invites, Standings } from '../moderation/ports';
import { effectiveRole, roomRole, tokenRole } from '../moderation/roles';
import { ProblemError } from '../protocol/problems';
import { formatTimestamp } from '../protocol/serialize';
import type { Connection, Invite, Role, Room, Standing } from '../types';
import { unknownRoomError } from './authorization';
import type { Admission } from './ports';

export interface AdmissionDependencies {
  standings: Standings;
  invites: Pick<Invites, 'find'>;
  now(): number;
}

type Joiner = Pick<Connection, 'userId' | 'rights' | 'address'>;

/** The attributes of the membership row that the admission determines, and the conditions of the join. */
export interface Admitted {
  row: { role: Role; standingVersion: number };
  admission: Admission;
}

/**
 * Decides whether a user may join a room, and with which role.
 *
 * @param code the code of an invite. Ignored if the user has a role in the room already.
 * @throws ProblemError `forbidden` if the user is banned, or needs a valid invite. `unknown-room` for the direct room of
 *   two other users, so that nobody can learn who talks to whom.
 */
export async function admit(
  deps: AdmissionDependencies,
  { userId, rights, address }: Joiner,
  room: Room,
  code?: string,
): Promise<Admitted> {
  const standing = await deps.standings.read(room, userId);
  requireNotBanned(standing, deps.now());
  await requireAddressNotBanned(deps, room, address);
  const { version } = standing;
  const admission = { room: { room: room.room, epoch: room.epoch }, userId, standingVersion: version };
  const isKnown = roomRole(room, userId, standing) ?? tokenRole(room, rights);
  if (!isKnown && room.kind === 'direct') throw unknownRoomError();
  if (!isKnown && code !== undefined) {
    const { hash, role } = await requireInvite(deps, room, code);
    const row = { role, standingVersion: version + 1 };
    return { row, admission: { ...admission, invite: { hash, role, now: deps.now() } } };
  }
  requireEntry(room, isKnown);
  const role = effectiveRole(room, userId, standing, rights);
  return { row: { role, standingVersion: version }, admission };
}

async function requireInvite(deps: AdmissionDependencies, room: Room, code: string): Promise<Invite> {
  const invite = await deps.invites.find(room, hashInviteCode(code));
  if (invite && invite.usesLeft > 0 && invite.expiresAt > deps.now()) return invite;
  throw new ProblemError(
    'forbidden',
    'The invite is not valid for this room, has expired, was used or was revoked. Ask for a new one.',
  );
}

/** @throws ProblemError `forbidden` in an invite room, if neither the room nor the token grants the user a role. */
export function requireEntry({ kind }: Room, role: Role | undefined): void {
  if (role === undefined && kind === 'invite')
    throw new ProblemError('forbidden', 'This room requires an invite.');
}

/** @throws ProblemError `forbidden` if the user is banned. */
export function requireNotBanned({ bannedUntil }: Standing, now: number): void {
  if (bannedUntil === undefined || bannedUntil <= now) return;
  const end = bannedUntil === FOREVER ? '' : ` until ${formatTimestamp(bannedUntil)}`;
  throw new ProblemError('forbidden', `You are banned from this room${end}.`);
}

/**
 * Checks that an IP address is not banned. Reads the standing of the address only if the room has banned an address.
 *
 * @throws ProblemError `forbidden` if the guests at the IP address are banned.
 */
export async function requireAddressNotBanned(
  { standings, now }: Pick<AdmissionDependencies, 'standings' | 'now'>,
  room: Room,
  address: string | undefined,
): Promise<void> {
  if (address === undefined || (room.addressBansUntil ?? 0) <= now()) return;
  requireNotBanned(await standings.read(room, addressUserId(room, address)), now());
}

/** The end of a permanent ban: the last time that a JavaScript date can represent. */
export const FOREVER = 8_640_000_000_000_000;
