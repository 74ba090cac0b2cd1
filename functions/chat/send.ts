import { createHash, randomBytes } from 'node:crypto';
import { ulid } from 'ulid';
import { messageSent } from './events';
import type { Bus, RoomLog } from './ports';
import { ProblemError } from './problems';
import { type Frame, parseRequest, type Request } from './protocol/requests';
import { isRoomName, LOBBY } from './rooms';
import { checkText } from './text';
import type { Connection, Entry, Membership, Room } from './types';

/** How long a send competes for its place in a busy room before it is refused as `room-busy`. */
const DEADLINE_MS = 5000;
const FIRST_BACKOFF_MS = 10;
const MAX_BACKOFF_MS = 200;

export interface SendDependencies {
  log: RoomLog;
  bus: Bus;
  maxTextBytes: number;
  now(): number;
  sleep(ms: number): Promise<void>;
  random(): number;
  /** Told of a session note that failed: the message is safe, so the sender is not. */
  onNoteFailed(error: unknown): void;
}

/** A message at its place in the log. */
interface Stored {
  entry: Entry;
  /** The room's index keys at that moment. */
  shards: number;
  duplicate: boolean;
  /** How often another sender took the place first. */
  lostRaces: number;
}

/** A message that is stored, ordered and on its way. */
export interface Sent extends Stored {
  /** Whether the sender's protocol has an `ack`; a plain sender sees its message come back. */
  acknowledge: boolean;
}

/**
 * Stores a message at the next place of its room's log and publishes it. When this returns, the message is stored
 * exactly once for its `clientMsgId` and the bus has its event.
 *
 * @throws ProblemError `unauthenticated`, `invalid-frame`, `too-large`, `unknown-room` (also where the sender is not
 *   a member) or `room-busy`; whatever else a port throws is not the sender's fault.
 */
export async function sendMessage(deps: SendDependencies, connectionId: string, frame: Frame): Promise<Sent> {
  const { request, sender, room } = await admit(deps, connectionId, frame);
  const textHash = hashOf(request.text);
  const stored = await store(deps, sender, room, request, textHash);
  const published = deps.bus.publish(messageSent(stored.entry, stored.shards));
  if (stored.duplicate) {
    await published;
  } else {
    const noted = deps.log.noteLatestMessage(connectionId, request.text, stored.entry.ts);
    await Promise.all([published, noted.catch(deps.onNoteFailed)]);
  }
  return { ...stored, acknowledge: sender.protocol === 'roomcast.v1' };
}

/** Who sends what to which room. Identity comes from the connection's rows, never from the frame. */
async function admit(deps: SendDependencies, connectionId: string, frame: Frame) {
  // A plain frame names no room, and nearly all plain connections are in the lobby: one read serves both protocols.
  const guess = isRoomName(frame.room) ? frame.room : LOBBY;
  let view = await deps.log.readSender(connectionId, guess);
  const connection = known(view.connection);
  const request = parseRequest('sendmessage', connection.protocol, frame, connection.plainRoom);
  checkText(request.text, deps.maxTextBytes);
  const name = request.room;
  if (name !== guess) view = await deps.log.readSender(connectionId, name);
  if (!view.membership) throw unknownRoom();
  const room = view.room ?? (name === LOBBY ? await openLobby(deps) : undefined);
  if (!room) throw unknownRoom();
  return { request, sender: view.membership, room };
}

function known(connection: Connection | undefined): Connection {
  if (connection) return connection;
  throw new ProblemError('unauthenticated', 'This connection is not known any more. Connect again.');
}

function unknownRoom(): ProblemError {
  return new ProblemError('unknown-room', 'There is no such room, or you are not in it.');
}

/** The lobby is not created by anyone: its first message finds it missing and opens it. */
async function openLobby(deps: SendDependencies): Promise<Room | undefined> {
  const epoch = randomBytes(9).toString('base64url');
  await deps.log.createRoom({ room: LOBBY, epoch, seq: 0, shards: 1, lastTs: 0 });
  return deps.log.readRoom(LOBBY);
}

/** Competes for the room's next `seq` until the entry is stored, turns out to be stored already, or time is up. */
async function store(
  deps: SendDependencies,
  sender: Membership,
  first: Room,
  request: Request<'sendmessage'>,
  textHash: string,
): Promise<Stored> {
  const messageId = ulid(deps.now());
  const deadline = deps.now() + DEADLINE_MS;
  let room = first;
  for (let lostRaces = 0; ; lostRaces += 1) {
    const candidate = entryAt(room, sender, request, messageId, deps.now());
    const appended = await deps.log.append(candidate, textHash);
    if (appended.outcome === 'stored')
      return { entry: candidate, shards: room.shards, duplicate: false, lostRaces };
    if (appended.outcome === 'duplicate') {
      if (appended.textHash !== textHash) {
        throw new ProblemError('invalid-frame', 'This clientMsgId was used before, with another text.');
      }
      const entry = await storedEntry(deps, room.room, appended.seq);
      return { entry, shards: room.shards, duplicate: true, lostRaces };
    }
    const pause = deps.random() * Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** lostRaces);
    if (deps.now() + pause > deadline) {
      throw new ProblemError('room-busy', 'Too many messages at once in this room.', { retryAfterMs: 1000 });
    }
    await deps.sleep(pause);
    room = (await deps.log.readRoom(room.room)) ?? room;
  }
}

function entryAt(
  room: Room,
  sender: Membership,
  request: Request<'sendmessage'>,
  messageId: string,
  now: number,
): Entry {
  return {
    room: room.room,
    epoch: room.epoch,
    seq: room.seq + 1,
    kind: 'message',
    messageId,
    ...(request.clientMsgId === undefined ? {} : { clientMsgId: request.clientMsgId }),
    from: { userId: sender.userId, username: sender.username },
    text: request.text,
    ts: Math.max(now, room.lastTs),
  };
}

async function storedEntry(deps: SendDependencies, room: string, seq: number): Promise<Entry> {
  const entry = await deps.log.readEntry(room, seq);
  if (!entry) throw new Error(`the entry ${seq} that an idempotency item names is not in the log`);
  return entry;
}

/** What a repeated `clientMsgId` is compared by, so that the text is not kept twice. */
function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
