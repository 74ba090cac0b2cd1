import type { Room } from '../types';
import type { DirectRooms, Rooms } from './ports';
import { createEpoch } from './room-keys';
import { createNumber, MAX_NUMBER_ATTEMPTS } from './room-number';

export interface DirectDependencies {
  log: Pick<Rooms, 'readRoom'>;
  directRooms: DirectRooms;
}

/**
 * Returns the direct room of two users. Creates the room if they have none. Both users get the same room, even if they call
 * this function concurrently.
 */
export async function ensureDirectRoom(
  deps: DirectDependencies,
  users: readonly [string, string],
  name: string | undefined,
): Promise<Room> {
  for (let attempt = 0; attempt < MAX_NUMBER_ATTEMPTS; attempt += 1) {
    const number = await deps.directRooms.find(users);
    const existing = number === undefined ? undefined : await deps.log.readRoom(number);
    if (existing) return existing;
    const room = {
      room: createNumber(),
      kind: 'direct' as const,
      users: [...users],
      openedBy: new Set([users[0]]),
      followers: new Set(users),
      ...(name === undefined ? {} : { name }),
      epoch: createEpoch(),
      seq: 0,
      shards: 1,
      lastTs: 0,
    };
    if (await deps.directRooms.create(room, number)) return room;
  }
  throw new Error(`Could not create a direct room in ${MAX_NUMBER_ATTEMPTS} attempts.`);
}
