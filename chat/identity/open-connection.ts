import { chargeAction, type LimitDependencies, type Payer } from '../limits/charge-action';
import {
  countAddressConnection,
  countConnection,
  forgetAddressConnection,
} from '../limits/connection-limits';
import { chargeGuess, chargeRejectedToken } from '../limits/guess-limits';
import type { Budgets, OpenConnections } from '../limits/ports';
import { type AdmissionDependencies, admit } from '../members/admission';
import { isGuest, unknownRoomError } from '../members/authorization';
import type { Connections } from '../members/ports';
import { enterRoom, findFirstJoin, leavePresence, type PresenceDependencies } from '../members/presence';
import { rightsChangedError } from '../moderation/roles';
import { ProblemError } from '../protocol/problems';
import { growRoom } from '../rooms/grow-room';
import type { Rooms, RoomUpkeep } from '../rooms/ports';
import { isRoomName, LOBBY, LOBBY_SHARDS, shardsForNewRows } from '../rooms/room-keys';
import type { Connection, Room } from '../types';
import {
  type ClientIdentity,
  type Handshake,
  type IdentityDependencies,
  identifyClient,
} from './identify-client';

export interface ConnectDependencies
  extends PresenceDependencies,
    AdmissionDependencies,
    IdentityDependencies,
    LimitDependencies {
  budgets: Budgets & OpenConnections;
  connections: Connections;
  log: Pick<Rooms, 'readRoom'> & Pick<RoomUpkeep, 'storeGrowth'>;
  /** Origins from which browsers may connect. `*` allows all origins. */
  allowedOrigins: readonly string[];
  /** Returns a keyed hash of an IP address. The address itself is never stored. */
  hashAddress(ip: string): Promise<string>;
}

export interface ConnectRequest extends Handshake {
  connectionId: string;
  sourceIp: string;
  /** The `Origin` header, which only browsers send. */
  origin?: string;
}

/**
 * Authorizes a new connection, determines its identity and protocol, and records it in its initial room.
 *
 * @throws ProblemError `forbidden` for an origin that is not allowed or a room that the user may not enter,
 *   `invalid-frame` for an invalid parameter, `unauthenticated` for a missing or invalid token, `rate-limited`, or
 *   `unknown-room`.
 */
export async function connect(deps: ConnectDependencies, request: ConnectRequest): Promise<ClientIdentity> {
  checkOrigin(deps.allowedOrigins, request.origin);
  const identity = await identify(deps, request);
  const { connectionId } = request;
  const { userId } = identity;
  const address = isGuest(userId) ? { address: await deps.hashAddress(request.sourceIp) } : {};
  const payer = { connectionId, userId, ...address };
  await chargeAction(deps, payer, 'connect');
  const { room, refund } = await findInitialRoom(deps, identity, payer, request.query.room);
  await countConnection(deps, payer);
  try {
    await countAddressConnection(deps, payer.address);
  } catch (error) {
    await deps.budgets.forgetConnection(userId, connectionId);
    throw error;
  }
  try {
    await openConnection(deps, identity, address, room, connectionId);
  } catch (error) {
    await deps.budgets.forgetConnection(userId, connectionId);
    await forgetAddressConnection(deps, payer.address);
    throw error;
  }
  await refund?.();
  return identity;
}

/**
 * Identifies the client. If the token is missing or not valid, the user is unknown, so the attempt is charged to the IP
 * address.
 */
async function identify(deps: ConnectDependencies, request: ConnectRequest): Promise<ClientIdentity> {
  try {
    return await identifyClient(deps, request);
  } catch (error) {
    if (error instanceof ProblemError && error.type === 'unauthenticated')
      await chargeRejectedToken(deps, await deps.hashAddress(request.sourceIp));
    throw error;
  }
}

async function openConnection(
  deps: ConnectDependencies,
  { userId, username, protocol, tokenExpiresAt, rights }: ClientIdentity,
  address: Pick<Connection, 'address'>,
  room: Room | undefined,
  connectionId: string,
): Promise<void> {
  // A post returns 410 while $connect is still running. The fan-out workflow compares this time with a cutoff to keep the rows
  // of such a connection.
  const now = deps.now();
  const plainRoom = room && protocol === 'plain' ? { plainRoom: room.room } : {};
  const expiry = tokenExpiresAt === undefined ? {} : { tokenExpiresAt };
  const connection: Connection = {
    connectionId,
    userId,
    username,
    protocol,
    connectedAt: now,
    ...plainRoom,
    ...address,
    ...expiry,
    ...(rights ? { rights } : {}),
  };
  if (!room) {
    await deps.connections.open(connection, undefined);
    return;
  }
  const you = { userId, username };
  const [{ row, admission }, firstJoin] = await Promise.all([
    admit(deps, connection, room),
    findFirstJoin(deps, room, you),
  ]);
  const { room: name } = room;
  const shards = shardsForNewRows(room, now);
  const membership = {
    ...{ room: name, shards, connectionId, protocol, joinedAt: now },
    ...{ ...you, ...firstJoin, ...row, ...expiry },
  };
  // Unlike a join, write the presence first. A ban that comes too late to prevent the transaction then finds this connection.
  const { memberCount, notify } = await enterRoom(deps, room, you, connectionId);
  await notify();
  try {
    if (!(await deps.connections.open(connection, membership, admission))) throw rightsChangedError();
  } catch (error) {
    await leavePresence(deps, room, you, connectionId);
    throw error;
  }
  await growRoom(deps, room, memberCount);
}

/** Browsers always send the header and pages cannot forge it, so a client without one is not a browser. */
function checkOrigin(allowed: readonly string[], origin: string | undefined): void {
  if (origin === undefined || allowed.includes('*') || allowed.includes(origin)) return;
  throw new ProblemError('forbidden', 'This origin is not allowed to connect.');
}

/**
 * Finds the room to join during the handshake. After the user has entered the room, call the returned function to refund the
 * attempt.
 */
async function findInitialRoom(
  deps: ConnectDependencies,
  { protocol }: ClientIdentity,
  payer: Payer,
  requested: string | undefined,
): Promise<{ room?: Room; refund?: () => Promise<void> }> {
  const name = requested ?? (protocol === 'plain' ? LOBBY : undefined);
  if (name === undefined) return {};
  if (!isRoomName(name))
    throw new ProblemError('invalid-frame', 'room must be "lobby" or a nine-digit number.');
  const refund = name === LOBBY ? undefined : await chargeGuess(deps, payer, name);
  const room = await deps.log.readRoom(name);
  if (room) return { room, ...(refund ? { refund } : {}) };
  // The first message creates the lobby's log. Until then, the lobby has the default number of shards and no epoch.
  if (name === LOBBY) return { room: { room: LOBBY, epoch: '', seq: 0, shards: LOBBY_SHARDS, lastTs: 0 } };
  throw unknownRoomError();
}
