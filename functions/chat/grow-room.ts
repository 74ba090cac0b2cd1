import type { RoomLog } from './ports';
import { requiredShards } from './rooms';
import type { Room } from './types';

/**
 * Distributes a room over more index keys if it has too many members for its keys. Rows that exist keep their key.
 *
 * @param memberCount the room's members, including the one that has just joined.
 */
export async function growRoom(
  { log }: { log: Pick<RoomLog, 'setShards'> },
  room: Room,
  memberCount: number,
): Promise<void> {
  const shards = requiredShards(room, memberCount);
  if (shards > room.shards) await log.setShards(room, shards);
}
