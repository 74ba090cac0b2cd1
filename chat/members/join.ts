import { chooseName } from '../identity/identify-client';
import { chargeAction, type LimitDependencies } from '../limits/charge-action';
import { chargeGuess } from '../limits/guess-limits';
import type { Entries } from '../messages/ports';
import { recoverMessages } from '../messages/recover';
import { effectiveRole, rightsChangedError, roomRole, tokenRole } from '../moderation/roles';
import { ProblemError } from '../protocol/problems';
import type { Reply } from '../protocol/replies';
import { type Frame, parseRequest, type Request } from '../protocol/requests';
import { growRoom } from '../rooms/grow-room';
import { ensureLobby } from '../rooms/lobby';
import type { Rooms, RoomUpkeep } from '../rooms/ports';
import { isRoomName, LOBBY, MAX_ROOMS, roomIdentity, shardsForNewRows } from '../rooms/room-keys';
import type { Connection, Room, User } from '../types';
import {
  type AdmissionDependencies,
  type Admitted,
  admit,
  requireAddressNotBanned,
  requireEntry,
  requireNotBanned,
} from './admission';
import { requireConnection, unauthenticatedError, unknownRoomError } from './authorization';
import type { Connections, ReadPositions, Senders } from './ports';
import { enterRoom, exitRoom, findFirstJoin, type PresenceDependencies, settlePresence } from './presence';

/**
 * The number of attempts to join if the user's standing in the room, or a plain connection's current room, changes
 * concurrently.
 */
const MAX_ADMISSION_ATTEMPTS = 3;

export interface JoinDependencies extends PresenceDependencies, AdmissionDependencies, LimitDependencies {
  connections: Connections;
  positions: Pick<ReadPositions, 'readOwn' | 'endAbsence'>;
  log: Senders & Rooms & RoomUpkeep & Entries;
}

type JoinedRoom = Omit<Reply<'joined'>, 'type'>;

/**
 * Adds the connection to a room. A plain connection leaves its previous room. Writes the membership before it reads the room's
 * head, so that the connection receives a push for every message after the head in the reply.
 *
 * @throws ProblemError `unauthenticated`, `invalid-frame`, `unknown-room`, or `rate-limited` after too many unknown rooms.
 */
export async function joinRoom(
  deps: JoinDependencies,
  connectionId: string,
  frame: Frame,
): Promise<Reply<'joined'>> {
  const name = isRoomName(frame.room) ? frame.room : LOBBY;
  const view = await deps.log.readSender(connectionId, name);
  const connection = requireConnection(view.connection);
  await chargeAction(deps, connection, 'joinRoom');
  const request = parseRequest('joinRoom', connection.protocol, frame);
  // A client that knows an epoch of the room has been in the room: it joins again after a lost connection.
  const known = request.resume && roomIdentity(request.resume.epoch);
  const knowsRoom = view.room !== undefined && known === roomIdentity(view.room.epoch);
  const isGuess = name !== LOBBY && !view.membership && !knowsRoom;
  const refund = isGuess ? await chargeGuess(deps, connection, name) : undefined;
  if (!view.room && name !== LOBBY) throw unknownRoomError();
  const room = view.room ?? (await ensureLobby(deps.log));
  return { type: 'joined', ...(await joinExistingRoom(deps, connection, room, request, refund)) };
}

type JoinOptions = Pick<Request<'joinRoom'>, 'username' | 'resume' | 'invite'>;

/**
 * Adds a connection to a room. A plain connection leaves its previous room.
 *
 * @param refund refunds the attempt. Not called if the room does not admit the user, so that guesses of invites and of the
 *   numbers of direct rooms are charged, too.
 */
export async function joinExistingRoom(
  deps: JoinDependencies,
  connection: Connection,
  room: Room,
  options: JoinOptions,
  refund?: () => Promise<void>,
): Promise<JoinedRoom> {
  const { connectionId, tokenExpiresAt } = connection;
  const you = chooseName(connection, options.username);
  const { row, plainRoom } = await storeMembership(deps, connection, room, you, options.invite);
  const { memberCount, notify } = await enterRoom(deps, room, you, connectionId);
  const [view, standing, { seq: read, wasNotified }] = await Promise.all([
    deps.log.readSender(connectionId, room.room),
    deps.standings.read(room, you.userId),
    deps.positions.readOwn(room, you.userId),
    deps.connections.recordJoin(connectionId, room.room, you.username),
    notify(),
    refund?.(),
  ]);
  try {
    // A concurrent disconnect, kick or ban may have cleaned up before the presence above was written. If so, undo the join.
    requireConnection(view.connection);
    requireNotBanned(standing, deps.now());
    await requireAddressNotBanned(deps, view.room ?? room, connection.address);
    requireEntry(room, roomRole(room, you.userId, standing) ?? tokenRole(room, connection.rights));
  } catch (error) {
    await exitRoom(deps, room, you, connectionId);
    throw error;
  }
  const isMember =
    view.membership !== undefined || (await settlePresence(deps, room, you, connectionId, false));
  if (plainRoom !== undefined && plainRoom !== room.room) await leavePlainRoom(deps, connection, plainRoom);
  if (!isMember) throw leftError();
  if (wasNotified) await deps.positions.endAbsence(room, you.userId);
  await deps.log.renewRoom(room);
  if (room.kind === 'direct' && !room.openedBy?.has(you.userId))
    await deps.log.recordOpening(room, you.userId);
  await growRoom(deps, room, memberCount);
  const role = effectiveRole(room, you.userId, standing, connection.rights);
  if (standing.version > row.standingVersion)
    await deps.connections.setMembershipRole(connectionId, room.room, role, standing.version);
  // A concurrent refreshToken may have listed the memberships before this membership was written.
  const refreshed = view.connection?.tokenExpiresAt;
  if (view.membership && refreshed !== undefined && refreshed !== tokenExpiresAt)
    await deps.connections.extendMembership(view.membership, refreshed);
  const recovered = await recoverMessages(deps.log, view.room ?? room, options.resume, connection.userId);
  const blocked = room.blockedBy?.has(you.userId) ? { blocked: true } : {};
  const following = room.followers?.has(you.userId) ? { following: true } : {};
  const position = read === undefined ? {} : { read };
  return { ...recovered, memberCount, you, role, ...blocked, ...following, ...position };
}

/** Returns the error for a connection that left a room while it was joining the room. */
function leftError(): ProblemError {
  return new ProblemError('room-busy', 'You left the room at the same time. Join it again.', {
    retryAfterMs: 1000,
  });
}

/**
 * Admits the user and stores the membership row. Tries again if the user's standing, or the current room of a plain connection,
 * changes concurrently.
 *
 * @returns the room that a plain connection has to leave.
 */
async function storeMembership(
  deps: JoinDependencies,
  connection: Connection,
  room: Room,
  you: User,
  invite: string | undefined,
): Promise<Admitted & { plainRoom: string | undefined }> {
  const { connectionId, protocol, tokenExpiresAt } = connection;
  const findingFirstJoin = findFirstJoin(deps, room, you);
  let { plainRoom } = connection;
  for (let attempt = 0; attempt < MAX_ADMISSION_ATTEMPTS; attempt += 1) {
    const [admitted, firstJoin] = await Promise.all([
      admit(deps, connection, room, invite),
      findingFirstJoin,
    ]);
    const joinedAt = deps.now();
    const row = {
      ...{ connectionId, protocol, ...you, ...firstJoin, room: room.room, joinedAt },
      shards: shardsForNewRows(room, joinedAt),
      ...admitted.row,
      ...(tokenExpiresAt === undefined ? {} : { tokenExpiresAt }),
    };
    const outcome = await deps.connections.addMembership(
      row,
      protocol === 'plain' ? { room: plainRoom } : undefined,
      admitted.admission,
    );
    if (outcome === 'added') return { ...admitted, plainRoom };
    if (outcome === 'no-record') throw unauthenticatedError();
    if (outcome === 'too-many-rooms') throw tooManyRoomsError();
    if (outcome === 'moved') ({ plainRoom } = requireConnection(await deps.connections.find(connectionId)));
  }
  throw rightsChangedError();
}

function tooManyRoomsError(): ProblemError {
  return new ProblemError('forbidden', `A connection can be in ${MAX_ROOMS} rooms. Leave one of them first.`);
}

/** Removes a plain connection from its previous room, unless it has returned to that room. */
async function leavePlainRoom(deps: JoinDependencies, connection: Connection, name: string): Promise<void> {
  const { connectionId, userId, username } = connection;
  // Read the row before the record. If the connection returns to the room after these reads, a new row with another `joinedAt`
  // replaces this row and is kept.
  const { membership, room = { room: name, shards: 1 } } = await deps.log.readSender(connectionId, name);
  const current = await deps.connections.find(connectionId);
  if (!membership || current?.plainRoom === name) return;
  await exitRoom(deps, room, { userId, username }, connectionId, membership.joinedAt);
  await settlePresence(deps, room, { userId, username }, connectionId, false);
}
