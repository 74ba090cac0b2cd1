import type { Devices } from '../away/ports';
import { type MemberDependencies, readMembers } from '../members/list-members';
import { deleteMessage } from '../messages/change';
import type { Changes, Entries } from '../messages/ports';
import { changeReaction } from '../messages/react';
import { readHistory } from '../messages/read-history';
import { type SystemSendDependencies, sendAsSystem } from '../messages/send-as-system';
import { ban, unban } from '../moderation/ban';
import { createInvite } from '../moderation/create-invite';
import { type KickDependencies, kick } from '../moderation/kick';
import { listInvites, revokeInvite } from '../moderation/manage-invites';
import type { Invites } from '../moderation/ports';
import { SYSTEM } from '../moderation/roles';
import { ProblemError } from '../protocol/problems';
import { toRoomSettings } from '../protocol/serialize';
import type { ServerReply } from '../protocol/server-replies';
import type { ServerOperation, ServerRequest } from '../protocol/server-requests';
import { ensureLobby } from '../rooms/lobby';
import { createNumberedRoom } from '../rooms/new-room';
import type { Rooms } from '../rooms/ports';
import { LOBBY } from '../rooms/room-keys';
import { type SetRoomDependencies, setRoom } from '../rooms/set-room';
import type { Room } from '../types';
import { checkIdempotencyKey, runOnce, toClientMsgId } from './idempotency';
import type { IdempotencyKeys, StoredReply } from './ports';
import { closeConnections, eraseUser, exportUser, type UserDataDependencies } from './user-data';

export interface ServerDependencies
  extends KickDependencies,
    MemberDependencies,
    SetRoomDependencies,
    SystemSendDependencies,
    UserDataDependencies {
  log: KickDependencies['log'] &
    SetRoomDependencies['log'] &
    SystemSendDependencies['log'] &
    Rooms &
    Entries &
    Changes;
  invites: Invites;
  devices: Pick<Devices, 'remove'>;
  idempotencyKeys: IdempotencyKeys;
  now(): number;
  onNoticeFailed(error: unknown): void;
}

/** A valid request. If it contains a room number, `room` is the room itself. */
type ResolvedRequest<O extends ServerOperation> =
  ServerRequest<O> extends { room: string }
    ? Omit<ServerRequest<O>, 'room'> & { room: Room }
    : ServerRequest<O>;

type Operations = {
  [O in ServerOperation]: (
    deps: ServerDependencies,
    request: ResolvedRequest<O>,
    idempotencyKey: string | undefined,
  ) => Promise<ServerReply<O>>;
};

const operations: Operations = {
  createRoom: async (deps, { name, topic, slowModeSeconds, kind, owner }) => {
    const attributes = {
      ...(name === undefined ? {} : { name }),
      ...(topic ? { topic } : {}),
      ...(slowModeSeconds ? { slowModeSeconds } : {}),
      ...(kind === 'invite' ? { kind } : {}),
      ...(owner === undefined ? {} : { owner }),
    };
    const room = await createNumberedRoom(deps.log, attributes);
    return { room: room.room, kind: kind ?? 'open', ...toRoomSettings(room), epoch: room.epoch };
  },
  configureRoom: (deps, request) => setRoom(deps, SYSTEM, request),
  sendMessage: (deps, { room, text, clientMsgId, replyTo, username = SYSTEM.username }, key) =>
    sendAsSystem(deps, {
      room,
      from: { userId: SYSTEM.userId, username },
      text,
      replyTo,
      clientMsgId: clientMsgId ?? (key === undefined ? undefined : toClientMsgId(key)),
    }),
  readHistory: (deps, { room, ...range }) => readHistory(deps.log, room, range),
  listMembers: (deps, { room, cursor }) => readMembers(deps, room.room, room, cursor, true),
  kickUser: (deps, request) => kick(deps, SYSTEM, request),
  banUser: (deps, request) => ban(deps, SYSTEM, request),
  unbanUser: (deps, request) => unban(deps, SYSTEM, request),
  createInvite: (deps, request) => createInvite(deps, SYSTEM, request),
  listInvites: (deps, request) => listInvites(deps, SYSTEM, request),
  revokeInvite: (deps, request) => revokeInvite(deps, SYSTEM, request),
  deleteMessage: (deps, request) => deleteMessage(deps, SYSTEM, request),
  react: (deps, request) => changeReaction(deps, SYSTEM, request),
  disconnectUser: async (deps, { userId }) => ({
    userId,
    connections: await closeConnections(deps, userId),
  }),
  removeDevice: async (deps, { userId, deviceId }) => {
    await deps.devices.remove(userId, deviceId);
    return { userId, deviceId };
  },
  eraseUser,
  exportUser,
};

/**
 * The operations whose reply is stored. They have no `clientMsgId`, and a repetition would have a different effect or reply.
 * The reply of `createInvite` is not stored, because it contains a code. A repeated `createInvite` creates another invite. If
 * the first reply is lost, nobody can use the first invite, and it expires.
 */
export const STORED: readonly ServerOperation[] = ['createRoom', 'kickUser', 'banUser', 'unbanUser'];

/** Returns the HTTP status code of a successful operation. */
export function successStatus(operation: ServerOperation): 200 | 201 {
  return operation === 'createRoom' || operation === 'createInvite' ? 201 : 200;
}

/**
 * Performs an operation of the server API on behalf of the system. The caller is authorized already.
 *
 * @param idempotencyKey makes the request safe to repeat for a day. Has no effect on reads, on invites and on operations that
 *   are idempotent.
 * @throws ProblemError if the operation throws it, or `unknown-room` if the room does not exist.
 */
export async function serve<O extends ServerOperation>(
  deps: ServerDependencies,
  operation: O,
  request: ServerRequest<O>,
  idempotencyKey?: string,
): Promise<StoredReply> {
  if (idempotencyKey !== undefined) checkIdempotencyKey(idempotencyKey);
  const run = async () => {
    const resolved = await resolveRoom(deps.log, request);
    const reply = await operations[operation](deps, resolved, idempotencyKey);
    const { type: _, ...body } = reply as ServerReply<O> & { type?: string };
    return { statusCode: successStatus(operation), body };
  };
  if (idempotencyKey === undefined || !STORED.includes(operation)) return run();
  return runOnce(deps, idempotencyKey, [operation, request], run);
}

async function resolveRoom<O extends ServerOperation>(
  log: Rooms,
  request: ServerRequest<O>,
): Promise<ResolvedRequest<O>> {
  const { room: name } = request as { room?: string };
  const resolved = name === undefined ? request : { ...request, room: await requireRoom(log, name) };
  return resolved as ResolvedRequest<O>;
}

async function requireRoom(log: Rooms, name: string): Promise<Room> {
  const room = (await log.readRoom(name)) ?? (name === LOBBY ? await ensureLobby(log) : undefined);
  if (room) return room;
  throw new ProblemError('unknown-room', 'The room does not exist. Check the number, or create a room.');
}
