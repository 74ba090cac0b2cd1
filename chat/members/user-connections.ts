import { highestRole } from '../moderation/roles';
import type { Connection, Membership, Role, Room } from '../types';
import type { Presence, Senders } from './ports';

/**
 * One of a user's connections in a room. The record or the membership row may be missing while the connection opens or closes.
 */
export interface UserConnection {
  connectionId: string;
  connection?: Connection;
  membership?: Membership;
}

/** Finds all connections of a user in a room. */
export async function findUserConnections(
  deps: { log: Senders; presence: Pick<Presence, 'listConnections'> },
  room: Room,
  userId: string,
): Promise<UserConnection[]> {
  const ids = await deps.presence.listConnections(room, userId);
  return Promise.all(
    ids.map(async (connectionId) => {
      const { connection, membership } = await deps.log.readSender(connectionId, room.room);
      return {
        connectionId,
        ...(connection ? { connection } : {}),
        ...(membership ? { membership } : {}),
      };
    }),
  );
}

/** Returns the highest role that the connections have in the room. */
export function roleOf(connections: readonly UserConnection[]): Role | undefined {
  return highestRole(...connections.map(({ membership }) => membership?.role));
}
