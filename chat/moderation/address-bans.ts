import { createHash } from 'node:crypto';
import type { RoomConfiguration } from '../rooms/ports';
import { roomIdentity } from '../rooms/room-keys';
import type { RoomLogRef, Standing } from '../types';
import type { Standings } from './ports';

/** The maximum duration of a ban of an IP address. Addresses are shared and reassigned, so a ban must not be permanent. */
const MAX_ADDRESS_BAN_MS = 24 * 3_600_000;
/** The number of attempts to store a ban if another ban of the same address is stored concurrently. */
const MAX_ATTEMPTS = 3;

/**
 * Returns the user ID under which a room stores its decision about the guests at an IP address. Moderators see this ID. It is
 * different in each room, so that they cannot recognize an address in another room.
 *
 * @param address the keyed hash of the IP address.
 */
export function addressUserId({ room, epoch }: RoomLogRef, address: string): string {
  const hash = createHash('sha256').update(`roomcast address ${room} ${roomIdentity(epoch)} ${address}`);
  return `a-${hash.digest('base64url').slice(0, 22)}`;
}

/**
 * Bans the guests at IP addresses from a room, for a day at most. Guests at these addresses who are in the room stay.
 *
 * @returns when the ban ends, or undefined if there is no address.
 */
export async function banAddresses(
  deps: { standings: Standings; log: Pick<RoomConfiguration, 'recordAddressBan'>; now(): number },
  room: RoomLogRef,
  addresses: readonly string[],
  {
    userId,
    bannedUntil,
    bannedName,
  }: { userId: string; bannedUntil: number; bannedName: string | undefined },
): Promise<number | undefined> {
  if (addresses.length === 0) return undefined;
  const until = Math.min(bannedUntil, deps.now() + MAX_ADDRESS_BAN_MS);
  await deps.log.recordAddressBan(room, until);
  const name = bannedName === undefined ? {} : { bannedName: `Guests at the address of ${bannedName}` };
  const ban = { bannedUntil: until, bannedWith: userId, ...name };
  for (const address of new Set(addresses))
    await storeBan(deps.standings, room, addressUserId(room, address), ban);
  return until;
}

async function storeBan(
  standings: Standings,
  room: RoomLogRef,
  userId: string,
  ban: Pick<Standing, 'bannedUntil' | 'bannedName' | 'bannedWith'>,
): Promise<void> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    const { version } = await standings.read(room, userId);
    if (await standings.replace(room, userId, { ...ban, version })) return;
  }
}
