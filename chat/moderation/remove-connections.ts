import type { Sockets } from '../delivery/ports';
import { exitRoom, type PresenceDependencies } from '../members/presence';
import type { UserConnection } from '../members/user-connections';
import type { Push } from '../protocol/replies';
import { serializePush } from '../protocol/serialize';
import type { Room } from '../types';

export interface RemovalDependencies extends PresenceDependencies {
  sockets: Sockets;
}

/**
 * Removes connections of a user from a room and sends them the reason. Closes plain connections, which are always in exactly
 * one room, and all connections of a banned user.
 */
export async function removeConnections(
  deps: RemovalDependencies,
  room: Room,
  userId: string,
  connections: readonly UserConnection[],
  push: Push<'removed'>,
): Promise<void> {
  await Promise.all(
    connections.map(async ({ connectionId, connection, membership }) => {
      const username = membership?.username ?? connection?.username ?? '';
      await exitRoom(deps, room, { userId, username }, connectionId);
      const isPlain = connection?.protocol === 'plain';
      // The connection has already been removed from the room, so the operation succeeds even if the push or the close fails.
      if (!isPlain) await deps.sockets.post(connectionId, serializePush(push)).catch(deps.onNoticeFailed);
      if (isPlain || push.reason === 'banned')
        await deps.sockets.close(connectionId).catch(deps.onNoticeFailed);
    }),
  );
}
