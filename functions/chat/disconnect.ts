import type { Connections, RoomLog } from './ports';
import { exit, type PresenceDependencies } from './presence';
import { EVERYONE } from './rooms';
import type { User } from './types';

export interface DisconnectDependencies extends PresenceDependencies {
  connections: Connections;
  log: Pick<RoomLog, 'readRooms'>;
}

/** A place in a room that nobody holds any more. */
export interface Vacancy extends User {
  room: string;
}

/**
 * Clears up after a connection: its record first, so that nothing can be joined meanwhile, then its rooms, which are
 * told, then its session. Repeating it, or doing it for a connection that never was, does no harm.
 *
 * @param vacated the place of a row that is deleted already, by which the connection was found gone.
 * @returns how many rooms it was in.
 */
export async function disconnect(
  deps: DisconnectDependencies,
  connectionId: string,
  at: number,
  vacated?: Vacancy,
): Promise<number> {
  await deps.connections.forget(connectionId);
  const places: Vacancy[] = await deps.connections.memberships(connectionId);
  if (vacated && vacated.room !== EVERYONE) places.push(vacated);
  const rooms = await deps.log.readRooms(places.map(({ room }) => room));
  const shards = new Map(rooms.map(({ room, shards }) => [room, shards]));
  await Promise.all(
    places.map(({ room, ...user }) =>
      exit(deps, { room, shards: shards.get(room) ?? 1 }, user, connectionId),
    ),
  );
  await deps.connections.noteDisconnect(connectionId, at);
  return places.length;
}
