import { retire, takeOver } from './connections';
import { emit, reject, startTimer } from './effects';
import { clientProblem } from './problems';
import { enqueue, findConnection, isPending, orderKey } from './requests';
import { PONG_TIMEOUT_MS, REPLY_TIMEOUT_MS, RETRY_WINDOW_MS } from './timing';
import type { Connection, PendingRequest, State } from './types';

/**
 * Joins rooms on each open connection, sends every pending request that may be sent, and completes a takeover. Runs
 * after every event.
 */
export function flush(state: State): void {
  for (const connection of [state.current, state.next]) if (connection?.isOpen) joinRooms(state, connection);
  const ordered = new Set<string>();
  for (const request of state.pending.values()) {
    const { boundTo } = request;
    if (isExpired(state, request)) {
      reject(state, request, clientProblem('expired'));
      continue;
    }
    const key = orderKey(request);
    if (key && ordered.has(key)) continue;
    if (key) ordered.add(key);
    const connection = boundTo === undefined ? state.current : findConnection(state, boundTo);
    if (!connection?.isOpen || request.sentOn !== undefined || request.isBackingOff) continue;
    if (isRoomReady(state, request, connection)) transmit(state, request, connection);
  }
  const { next, previous } = state;
  if (next?.isOpen && [...state.rooms.values()].every(({ joinedOn }) => joinedOn.has(next.socket))) {
    takeOver(state);
    flush(state); // Sends the requests that waited for the takeover.
  }
  const awaitsReply = [...state.pending.values()].some(({ sentOn }) => sentOn === previous?.socket);
  if (previous?.hasLingered && !awaitsReply) retire(state, previous);
}

function joinRooms(state: State, { socket }: Connection): void {
  for (const { room, joinedOn, username, invite, epoch, lastSeq } of state.rooms.values()) {
    if (joinedOn.has(socket) || isPending(state, 'joinRoom', socket, room)) continue;
    // The server handles frames concurrently: a join must not overtake a leave.
    if (isPending(state, 'leaveRoom', socket, room)) continue;
    const resume = epoch === undefined ? undefined : { epoch, lastSeq };
    const fields = { room, username: username ?? state.username, resume, invite };
    enqueue(state, 'joinRoom', fields, { boundTo: socket });
  }
}

function isRoomReady(state: State, request: PendingRequest, { socket }: Connection): boolean {
  const { action, fields, promise } = request;
  if (action === 'leaveRoom') return !isPending(state, 'joinRoom', socket, fields.room);
  // A rename is a `joinRoom` request with a promise. It must not overtake the join under the old name.
  const isFirstJoin = action === 'joinRoom' && promise === undefined;
  if (isFirstJoin || fields.room === undefined) return true;
  return state.rooms.get(fields.room)?.joinedOn.has(socket) === true;
}

/** Returns whether the message may already be stored and the server may have forgotten its `clientMsgId`. */
function isExpired({ now }: State, { attempts, createdAt, sentOn }: PendingRequest): boolean {
  return attempts > 0 && createdAt !== undefined && sentOn === undefined && now - createdAt > RETRY_WINDOW_MS;
}

function transmit(state: State, request: PendingRequest, { socket }: Connection): void {
  const { id, action, fields } = request;
  request.sentOn = socket;
  request.attempts += 1;
  const text = JSON.stringify({ action, id: `${id}.${request.attempts}`, ...fields });
  emit(state, { type: 'transmit', socket, text });
  startTimer(state, `request:${id}`, action === 'ping' ? PONG_TIMEOUT_MS : REPLY_TIMEOUT_MS);
}
