import type { Room } from '../types';
import type { RoomUpkeep } from './ports';
import { requiredShards, shardsForNewRows } from './room-keys';

/**
 * Distributes a room over more index keys if it has too many members for its keys. Existing rows keep their key. New rows use
 * the new keys after a delay: see `shardsForNewRows`.
 *
 * @param memberCount the room's members, including the member who has just joined.
 */
export async function growRoom(
  { log, now }: { log: Pick<RoomUpkeep, 'storeGrowth'>; now(): number },
  room: Room,
  memberCount: number,
): Promise<void> {
  const shards = requiredShards(room, memberCount);
  const grownAt = now();
  if (shards > room.shards)
    await log.storeGrowth(room, { shards, formerShards: shardsForNewRows(room, grownAt), grownAt });
}
