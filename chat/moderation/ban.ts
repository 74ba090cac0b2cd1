import { unfollow } from '../away/follow';
import { FOREVER } from '../members/admission';
import type { Presence, Senders } from '../members/ports';
import { findUserConnections, roleOf } from '../members/user-connections';
import type { Reply } from '../protocol/replies';
import { formatTimestamp } from '../protocol/serialize';
import type { RoomConfiguration } from '../rooms/ports';
import type { Room } from '../types';
import { banAddresses } from './address-bans';
import { changeStanding } from './change-standing';
import { type KickDependencies, removeRole } from './kick';
import type { Standings } from './ports';
import { removeConnections } from './remove-connections';
import type { Actor } from './roles';

export interface BanRequest {
  room: Room;
  userId: string;
  /** The duration of the ban. If undefined, the ban is permanent. */
  seconds?: number;
  /** Whether to ban the guest's IP addresses too. */
  address?: boolean;
}

export interface BanDependencies extends KickDependencies {
  log: KickDependencies['log'] & Pick<RoomConfiguration, 'recordAddressBan'>;
}

/**
 * Bans a user from a room, removes all of the user's connections from it and closes them. Stores the ban first. A concurrent
 * join then either finds the ban, or has already added its connection, which this function removes.
 *
 * @throws ProblemError `forbidden` if the actor is not a moderator or does not outrank the user.
 */
export async function ban(
  deps: BanDependencies,
  actor: Actor,
  { room, userId, seconds, address = false }: BanRequest,
): Promise<Reply<'banned'>> {
  const bannedUntil = seconds === undefined ? FOREVER : deps.now() + seconds * 1000;
  const connections = await findUserConnections(deps, room, userId);
  const bannedName = connections.find(({ membership }) => membership)?.membership?.username;
  const target = { userId, currentRole: roleOf(connections) };
  await changeStanding(deps.standings, actor, room, target, (standing) => ({
    ...(removeRole(room, standing) ?? standing),
    bannedUntil,
    ...(bannedName === undefined ? {} : { bannedName }),
  }));
  await unfollow(deps, room, userId);
  const addresses = address ? connections.flatMap(({ connection }) => connection?.address ?? []) : [];
  const addressEnd = await banAddresses(deps, room, addresses, { userId, bannedUntil, bannedName });
  const until = bannedUntil === FOREVER ? {} : { until: formatTimestamp(bannedUntil) };
  const ts = formatTimestamp(deps.now());
  const push = { type: 'removed' as const, room: room.room, reason: 'banned' as const, ...until, ts };
  await removeConnections(deps, room, userId, await findUserConnections(deps, room, userId), push);
  const addressUntil = addressEnd === undefined ? {} : { addressUntil: formatTimestamp(addressEnd) };
  return { type: 'banned', room: room.room, userId, ...until, ...addressUntil };
}

/**
 * Ends a ban.
 *
 * @throws ProblemError `forbidden` if the actor is not a moderator or does not outrank the user.
 */
export async function unban(
  deps: { standings: Standings; log: Senders; presence: Presence },
  actor: Actor,
  { room, userId }: { room: Room; userId: string },
): Promise<Reply<'unbanned'>> {
  const target = { userId, currentRole: undefined };
  await changeStanding(deps.standings, actor, room, target, (current) => {
    const { bannedUntil, bannedName, bannedWith, ...standing } = current;
    return bannedUntil === undefined ? undefined : standing;
  });
  return { type: 'unbanned', room: room.room, userId };
}
