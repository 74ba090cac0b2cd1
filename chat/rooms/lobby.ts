import type { Room } from '../types';
import type { Rooms } from './ports';
import { createEpoch, LOBBY, LOBBY_SHARDS } from './room-keys';

/** Returns the lobby, and creates it if this is the first request that needs its log. */
export async function ensureLobby(log: Rooms): Promise<Room> {
  await log.insertRoom({ room: LOBBY, epoch: createEpoch(), seq: 0, shards: LOBBY_SHARDS, lastTs: 0 });
  const lobby = await log.readRoom(LOBBY);
  if (lobby) return lobby;
  throw new Error('The lobby does not exist after its creation.');
}
