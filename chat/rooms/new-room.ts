import { authorizeConnection } from '../members/authorization';
import { type JoinDependencies, joinExistingRoom } from '../members/join';
import { ProblemError } from '../protocol/problems';
import type { Reply } from '../protocol/replies';
import type { Frame, Request } from '../protocol/requests';
import type { Connection, Room } from '../types';
import { type DirectDependencies, ensureDirectRoom } from './direct-room';
import type { Rooms } from './ports';
import { createEpoch } from './room-keys';
import { createNumber, MAX_NUMBER_ATTEMPTS } from './room-number';

export interface CreateRoomDependencies extends JoinDependencies, DirectDependencies {
  log: JoinDependencies['log'];
}

/**
 * Creates a room with a random number and adds the connection to it. For a direct room, uses the existing room of the two users
 * if there is one.
 *
 * @throws ProblemError `unauthenticated`, `rate-limited` or `invalid-frame`.
 */
export async function createRoom(
  deps: CreateRoomDependencies,
  connectionId: string,
  frame: Frame,
): Promise<Reply<'created'>> {
  const { connection, request } = await authorizeConnection(deps, 'createRoom', connectionId, frame);
  const { username } = request;
  const room =
    request.with === undefined
      ? await createNumberedRoom(deps.log, toNewRoom(connection, request))
      : await ensureDirectRoom(deps, requireTwo(connection.userId, request.with), request.name);
  return { type: 'created', ...(await joinExistingRoom(deps, connection, room, { username })) };
}

function requireTwo(userId: string, other: string): [string, string] {
  if (userId !== other) return [userId, other];
  throw new ProblemError('invalid-frame', 'with must be another user.');
}

/** The attributes of a room that its creator determines. */
type NewRoom = Pick<Room, 'name' | 'kind' | 'owner' | 'topic' | 'slowModeSeconds'>;

function toNewRoom({ userId }: Connection, { name, kind }: Request<'createRoom'>): NewRoom {
  return {
    ...(name === undefined ? {} : { name }),
    ...(kind === undefined || kind === 'open' ? {} : { kind }),
    owner: userId,
  };
}

/** Creates a room with a random number. */
export async function createNumberedRoom(log: Rooms, attributes: NewRoom): Promise<Room> {
  for (let attempt = 0; attempt < MAX_NUMBER_ATTEMPTS; attempt += 1) {
    const room = { room: createNumber(), ...attributes, epoch: createEpoch(), seq: 0, shards: 1, lastTs: 0 };
    if (await log.insertRoom(room)) return room;
  }
  throw new Error(`Found no free room number in ${MAX_NUMBER_ATTEMPTS} attempts.`);
}
