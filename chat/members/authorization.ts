import { type ChargedAction, chargeAction, type LimitDependencies } from '../limits/charge-action';
import { isModerator } from '../moderation/roles';
import { ProblemError } from '../protocol/problems';
import { type Action, type Frame, parseRequest, type Request } from '../protocol/requests';
import { formatTimestamp } from '../protocol/serialize';
import { isRoomName, LOBBY } from '../rooms/room-keys';
import type { Connection, Membership, Room } from '../types';
import type { Connections, Senders } from './ports';

/** A valid request whose sender is a member of the room. */
export interface AuthorizedRequest<A extends Action> {
  request: Request<A>;
  connection: Connection;
  membership: Membership;
  /** Undefined only for the lobby before its first message: see `ensureLobby`. */
  room: Room | undefined;
  /** The number of connections that receive the room's messages. */
  recipients: number;
  /** The number of users in the room. */
  memberCount: number;
}

/**
 * Validates a request and requires its sender to be a member of the room. The sender's identity comes from the connection
 * record, never from the frame. A missing room and a room that the sender has not joined cause the same reads and the
 * same error, so that clients cannot probe for rooms. Charges the action, even if the frame is invalid.
 *
 * @throws ProblemError `unauthenticated`, `rate-limited`, `invalid-frame` or `unknown-room`.
 */
export async function authorizeMember<
  A extends Exclude<Action, 'createRoom' | 'ping' | 'refreshToken'> & ChargedAction,
>(
  deps: LimitDependencies & { log: Senders },
  action: A,
  connectionId: string,
  frame: Frame,
): Promise<AuthorizedRequest<A>> {
  // Plain frames name no room. Most plain connections are in the lobby, so one read is usually enough.
  const likelyRoom = isRoomName(frame.room) ? frame.room : LOBBY;
  let view = await deps.log.readSender(connectionId, likelyRoom);
  const connection = requireConnection(view.connection);
  const { plainRoom = likelyRoom } = connection;
  if (!isRoomName(frame.room) && plainRoom !== likelyRoom)
    view = await deps.log.readSender(connectionId, plainRoom);
  const { membership, room, recipients, memberCount } = view;
  // The cost must not reveal the size of a room that the sender has not joined.
  await chargeAction(deps, connection, action, membership ? recipients : 0);
  const request = parseRequest(action, connection.protocol, frame, connection.plainRoom);
  if (!membership || (!room && request.room !== LOBBY)) throw unknownRoomError();
  return { request, connection, membership, room, recipients, memberCount };
}

/**
 * Validates a request that does not refer to an existing room. Charges the action, even if the frame is invalid.
 *
 * @throws ProblemError `unauthenticated`, `rate-limited` or `invalid-frame`.
 */
export async function authorizeConnection<A extends 'createRoom' | 'ping' | 'refreshToken'>(
  deps: LimitDependencies & { connections: Pick<Connections, 'find'> },
  action: A,
  connectionId: string,
  frame: Frame,
): Promise<Pick<AuthorizedRequest<A>, 'request' | 'connection'>> {
  const connection = requireConnection(await deps.connections.find(connectionId));
  await chargeAction(deps, connection, action);
  return { connection, request: parseRequest(action, connection.protocol, frame) };
}

/** @throws ProblemError `unauthenticated` if the connection has no record. */
export function requireConnection(connection: Connection | undefined): Connection {
  if (connection) return connection;
  throw unauthenticatedError();
}

/** Returns the error for an open connection whose record was deleted or has expired. */
export function unauthenticatedError(): ProblemError {
  return new ProblemError(
    'unauthenticated',
    'This connection is no longer registered, or its token has expired. Connect again.',
  );
}

/** Returns whether a user is a guest, that is, has no account elsewhere. */
export function isGuest(userId: string): boolean {
  return userId.startsWith('g-');
}

/**
 * @param room undefined for the lobby before its first message, which has no settings.
 * @throws ProblemError `forbidden` if the member is a reader, or if the room's settings do not allow the member to write yet.
 */
export function requireWriter(
  { role, userId, joinedAt, memberSince = joinedAt }: Membership,
  { writers, writeAfterSeconds }: Pick<Room, 'writers' | 'writeAfterSeconds'> = {},
  now: number,
): void {
  if (role === 'reader') throw new ProblemError('forbidden', 'Readers cannot write in this room.');
  const isLimited = writers !== undefined || writeAfterSeconds !== undefined;
  if (!isLimited || isModerator(role)) return;
  if (writers === 'signedIn' && isGuest(userId))
    throw new ProblemError('forbidden', 'Only signed-in users can write in this room.');
  if (writeAfterSeconds === undefined) return;
  const mayWriteAt = memberSince + writeAfterSeconds * 1000;
  if (mayWriteAt > now)
    throw new ProblemError(
      'forbidden',
      `New members can write later. You can from ${formatTimestamp(mayWriteAt)}.`,
    );
}

export function unknownRoomError(): ProblemError {
  return new ProblemError(
    'unknown-room',
    'The room does not exist, or you are not a member. Check the number, or join the room.',
  );
}
