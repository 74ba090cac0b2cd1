import { randomBytes } from 'node:crypto';
import type { RoomLog, SenderView } from './ports';
import { ProblemError } from './problems';
import { type Action, type Frame, parseRequest, type Request } from './protocol/requests';
import { isRoomName, LOBBY } from './rooms';
import type { Connection, Membership, Room } from './types';

/** A request of somebody who is in the room it is about. */
export interface Admission<A extends Action> {
  request: Request<A>;
  connection: Connection;
  membership: Membership;
  /** Absent only for the lobby, before its first message: see `openLobby`. */
  room: Room | undefined;
  session: NonNullable<SenderView['session']>;
}

/**
 * Reads who asks and whether they are in the room they ask about: from the connection's rows, never from the frame. A
 * room that does not exist and a room one is not in get the same answer after the same reads.
 *
 * @throws ProblemError `unauthenticated`, `invalid-frame` or `unknown-room`.
 */
export async function admit<A extends Exclude<Action, 'createRoom' | 'ping'>>(
  deps: { log: Pick<RoomLog, 'readSender'> },
  action: A,
  connectionId: string,
  frame: Frame,
): Promise<Admission<A>> {
  // A plain frame names no room, and nearly all plain connections are in the lobby: one read serves both protocols.
  const guess = isRoomName(frame.room) ? frame.room : LOBBY;
  let view = await deps.log.readSender(connectionId, guess);
  const connection = known(view.connection);
  const request = parseRequest(action, connection.protocol, frame, connection.plainRoom);
  if (request.room !== guess) view = await deps.log.readSender(connectionId, request.room);
  const { membership, room, session = {} } = view;
  if (!membership || (!room && request.room !== LOBBY)) throw unknownRoom();
  return { request, connection, membership, room, session };
}

/** @throws ProblemError `unauthenticated` */
export function known(connection: Connection | undefined): Connection {
  if (connection) return connection;
  throw unauthenticated();
}

/** A socket may outlive its rows, and has no identity then. */
export function unauthenticated(): ProblemError {
  return new ProblemError('unauthenticated', 'This connection is not known any more. Connect again.');
}

export function unknownRoom(): ProblemError {
  return new ProblemError('unknown-room', 'There is no such room, or you are not in it.');
}

/** The lobby is created by nobody: whoever first needs its log finds it missing and opens it. */
export async function openLobby(log: Pick<RoomLog, 'createRoom' | 'readRoom'>): Promise<Room> {
  await log.createRoom({ room: LOBBY, epoch: newEpoch(), seq: 0, shards: 1, lastTs: 0 });
  const lobby = await log.readRoom(LOBBY);
  if (lobby) return lobby;
  throw new Error('the lobby is not there after it was opened');
}

/** Tells two logs of the same number apart. */
export function newEpoch(): string {
  return randomBytes(9).toString('base64url');
}
