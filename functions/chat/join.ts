import { randomInt } from 'node:crypto';
import { known, newEpoch, openLobby, unauthenticated, unknownRoom } from './admission';
import { charge, type Rate } from './budget';
import { PAGE_ENTRIES, page } from './page';
import type { Connections, RoomLog } from './ports';
import { enter, exit, type PresenceDependencies } from './presence';
import { ProblemError } from './problems';
import type { Reply } from './protocol/replies';
import { type Frame, parseRequest, type Request } from './protocol/requests';
import { isRoomName, LOBBY } from './rooms';
import type { Connection, Room } from './types';

/** How often another number is drawn when one is taken: of 900 million, so hardly ever once. */
const DRAWS = 5;

export interface JoinDependencies extends PresenceDependencies {
  connections: Connections;
  log: RoomLog;
}

export interface JoinRoomDependencies extends JoinDependencies {
  /** How often one connection may name a room that does not exist: numbers can be guessed at. */
  failedJoins: Rate;
}

type Place = Omit<Reply<'joined'>, 'type'>;

/**
 * `joinRoom`: puts the connection into a room, a plain one out of the room it was in. The membership is written first
 * and the room's head is read after it, so that what the reply does not hold comes as a push.
 *
 * @throws ProblemError `unauthenticated`, `invalid-frame`, `unknown-room`, `rate-limited` after too many of these.
 */
export async function joinRoom(
  deps: JoinRoomDependencies,
  connectionId: string,
  frame: Frame,
): Promise<Reply<'joined'>> {
  const name = isRoomName(frame.room) ? frame.room : LOBBY;
  const view = await deps.log.readSender(connectionId, name);
  const connection = known(view.connection);
  const request = parseRequest('joinRoom', connection.protocol, frame);
  const before = view.session?.failedJoins;
  const guess = charge(deps.failedJoins, before, deps.now());
  // Before anything is told of the room: a limit that let the right guess through would limit nothing.
  if (!guess.allowed && name !== LOBBY && !view.membership) throw tooManyGuesses(guess.retryAfterMs);
  const room = view.room ?? (name === LOBBY ? await openLobby(deps.log) : undefined);
  if (!room) {
    const charged =
      guess.allowed && (await deps.log.chargeSession(connectionId, 'failedJoins', before, guess.arrival));
    throw charged ? unknownRoom() : tooManyGuesses(1000);
  }
  return { type: 'joined', ...(await move(deps, connection, room, request)) };
}

/**
 * `createRoom`: makes a room of a random number and puts the connection into it.
 *
 * @throws ProblemError `unauthenticated`, `invalid-frame`.
 */
export async function createRoom(
  deps: JoinDependencies,
  connectionId: string,
  frame: Frame,
): Promise<Reply<'created'>> {
  const connection = known(await deps.connections.find(connectionId));
  const request = parseRequest('createRoom', connection.protocol, frame);
  const room = await newRoom(deps.log, request.name);
  return { type: 'created', ...(await move(deps, connection, room, request)) };
}

async function newRoom(log: RoomLog, name: string | undefined): Promise<Room> {
  for (let draw = 0; draw < DRAWS; draw += 1) {
    const number = String(randomInt(100_000_000, 1_000_000_000));
    const named = name === undefined ? {} : { name };
    const room = { room: number, ...named, epoch: newEpoch(), seq: 0, shards: 1, lastTs: 0 };
    if (await log.createRoom(room)) return room;
  }
  throw new Error('no free room number was drawn');
}

function tooManyGuesses(retryAfterMs: number): ProblemError {
  return new ProblemError('rate-limited', 'Too many rooms that do not exist.', { retryAfterMs });
}

type Move = Pick<Request<'joinRoom'>, 'username' | 'resume'>;

/** Into a room, and for a plain connection out of the one it was in. */
export async function move(
  deps: JoinDependencies,
  connection: Connection,
  room: Room,
  request: Move,
): Promise<Place> {
  const { connectionId, protocol, plainRoom } = connection;
  const you = { userId: connection.userId, username: request.username ?? connection.username };
  const row = { connectionId, protocol, ...you, room: room.room, joinedAt: deps.now(), shards: room.shards };
  if (!(await deps.connections.join(row, protocol === 'plain'))) throw unauthenticated();
  const memberCount = await enter(deps, room, you, connectionId);
  const after = await deps.log.readSender(connectionId, room.room);
  // A disconnect that came between may have cleared up before there was anything to clear: then it is done here.
  if (!after.connection) {
    await exit(deps, room, you, connectionId);
    throw unauthenticated();
  }
  if (plainRoom !== undefined && plainRoom !== room.room) await vacate(deps, connection, plainRoom);
  return { ...(await replay(deps, after.room ?? room, request.resume)), memberCount, you };
}

/** A plain connection out of the room it was in. */
async function vacate(deps: JoinDependencies, connection: Connection, room: string): Promise<void> {
  const { connectionId, userId, username } = connection;
  const left = await deps.log.readRoom(room);
  await exit(deps, { room, shards: left?.shards ?? 1 }, { userId, username }, connectionId);
}

/** The room's head and what a returning client missed, as far as it is still there and fits a page. */
async function replay(
  deps: JoinDependencies,
  room: Room,
  resume: { epoch: string; lastSeq: number } | undefined,
): Promise<Omit<Place, 'memberCount' | 'you'>> {
  const head = {
    room: room.room,
    ...(room.name === undefined ? {} : { name: room.name }),
    epoch: room.epoch,
    headSeq: room.seq,
  };
  const nothing = { ...head, recovered: false, messages: [], more: false };
  if (!resume || resume.epoch !== room.epoch || resume.lastSeq > room.seq) return nothing;
  if (resume.lastSeq === room.seq) return { ...nothing, recovered: true };
  const entries = await deps.log.readEntries(room.room, { after: resume.lastSeq, limit: PAGE_ENTRIES });
  // Entries expire in their order: if the first is there, all are.
  if (entries[0]?.seq !== resume.lastSeq + 1) return nothing;
  const { messages } = page(
    entries.filter(({ seq }) => seq <= room.seq),
    { from: 'oldest' },
  );
  return { ...head, recovered: true, messages, more: (messages.at(-1)?.seq ?? 0) < room.seq };
}
