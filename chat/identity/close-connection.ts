import type { Limits } from '../limits/charge-action';
import { forgetAddressConnection } from '../limits/connection-limits';
import type { Budgets, OpenConnections } from '../limits/ports';
import type { Connections } from '../members/ports';
import { exitRoom, type PresenceDependencies } from '../members/presence';
import type { RoomLists } from '../rooms/ports';
import { EVERYONE } from '../rooms/room-keys';
import type { User } from '../types';

/** The number of rooms that a connection leaves concurrently. */
const BATCH_ROOMS = 10;

export interface DisconnectDependencies extends PresenceDependencies {
  budgets: Budgets & OpenConnections;
  connections: Connections;
  log: Pick<RoomLists, 'readRooms'>;
  limits: Pick<Limits, 'connectionsPerAddress'>;
}

/** A room that the connection had joined, and the user's identity in that room. */
export interface RoomUser extends User {
  room: string;
}

/**
 * Cleans up after a connection: deletes the connection's record to prevent further joins, removes the connection from all
 * rooms, and records the disconnect time in the session. Idempotent, even for connections that never existed.
 *
 * @param deletedRow the row that the workflow deleted because the connection was stale.
 * @returns the number of rooms that the connection was in.
 */
export async function disconnect(
  deps: DisconnectDependencies,
  connectionId: string,
  at: number,
  deletedRow?: RoomUser,
): Promise<number> {
  const record = await deps.connections.deleteRecord(connectionId);
  const rows: RoomUser[] = await deps.connections.listMemberships(connectionId);
  if (deletedRow && deletedRow.room !== EVERYONE) rows.push(deletedRow);
  const rooms = await deps.log.readRooms(rows.map(({ room }) => room));
  const shards = new Map(rooms.map(({ room, shards }) => [room, shards]));
  for (let start = 0; start < rows.length; start += BATCH_ROOMS) {
    await Promise.all(
      rows
        .slice(start, start + BATCH_ROOMS)
        .map(({ room, userId, username }) =>
          exitRoom(deps, { room, shards: shards.get(room) ?? 1 }, { userId, username }, connectionId),
        ),
    );
  }
  await deps.connections.recordDisconnect(connectionId, at);
  const user = record ?? deletedRow ?? rows[0];
  if (user) await deps.budgets.forgetConnection(user.userId, connectionId);
  await forgetAddressConnection(deps, record?.address);
  return rows.length;
}
