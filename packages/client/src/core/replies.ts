import type { Reply } from '../frames';
import type { PongReply, Problem } from '../protocol';
import { drop } from './connections';
import { backoffMs, emit, reject, resolve, startTimer } from './effects';
import { handleMarked } from './read-positions';
import { findConnection, ping } from './requests';
import { applyPage, updateGapTimer } from './room-log';
import { addRoom, handleJoined, removeRoom } from './rooms';
import { MAX_HEARTBEAT_MS, RETRY_MS, TOKEN_LEAD_MS } from './timing';
import type { Connection, PendingRequest, State } from './types';

/** Handles the end of a request's back-off or of its reply timeout. */
export function handleRequestTimer(state: State, request: PendingRequest): void {
  const connection = findConnection(state, request.sentOn);
  request.sentOn = undefined;
  if (request.isBackingOff) request.isBackingOff = false;
  else if (request.action === 'ping') drop(state, connection);
  else if (connection !== state.previous) ping(state, connection);
}

/**
 * Handles an error frame of API Gateway, sent when API Gateway throttled a request or the function for a request failed. The
 * frame does not identify the request, so the client sends every request in flight again unless its reply arrives before the
 * end of its back-off.
 */
export function handleGatewayError(state: State, { socket }: Connection): void {
  const sent = [...state.pending.values()].filter(({ sentOn }) => sentOn === socket);
  for (const request of sent) {
    // A second attempt would create another room or invite, so it is made only if no other request can have caused the error.
    const isRepeatable = request.action !== 'createRoom' && request.action !== 'invite';
    if (isRepeatable || sent.length === 1) backOff(state, request);
  }
}

/** Queues a request again after a back-off. */
function backOff(state: State, request: PendingRequest, retryAfterMs = RETRY_MS): void {
  request.sentOn = undefined;
  request.isBackingOff = true;
  startTimer(state, `request:${request.id}`, retryAfterMs + backoffMs(state, request.attempts - 1));
}

/** Handles a reply. Its ID is `<request>.<attempt>`. */
export function handleReply(state: State, replyId: string, reply: Reply, connection: Connection): void {
  const [id = '', attempt] = replyId.split('.');
  const request = state.pending.get(id);
  if (!request) return;
  if (reply.type !== 'error') {
    state.failures = 0;
    handleSuccess(state, request, reply, connection);
  } else if (request.isAbandoned) {
    resolve(state, request);
  } else if (request.sentOn === connection.socket && Number(attempt) === request.attempts) {
    // The condition ignores late errors of earlier attempts.
    handleError(state, request, reply.problem, connection);
  }
}

function handleSuccess(
  state: State,
  request: PendingRequest,
  reply: Exclude<Reply, { type: 'error' }>,
  connection: Connection,
): void {
  const { fields } = request;
  const room = state.rooms.get(fields.room as string);
  if (reply.type === 'created') {
    handleJoined(state, addRoom(state, reply.room, fields.username), reply, connection, request);
  }
  resolve(state, request, reply);
  if (request.isAbandoned) return;
  if (reply.type === 'pong') handlePong(state, request, reply, connection);
  else if (reply.type === 'tokenRefreshed')
    ping(state, connection); // the pong restarts the token timer
  else if (reply.type === 'marked' && room) handleMarked(state, room, reply.seq);
  else if (reply.type === 'joined' && room) handleJoined(state, room, reply, connection, request);
  else if (reply.type === 'history' && request.boundTo && room) applyPage(state, room, request, reply);
}

/** Retries a request after a temporary problem and rejects it otherwise. */
function handleError(state: State, request: PendingRequest, problem: Problem, connection: Connection): void {
  const { action, fields } = request;
  const room = state.rooms.get(fields.room as string);
  const isUnknownRoom = problem.type.endsWith(':unknown-room');
  // The server lost the membership. The client joins again, then retries.
  const lostRoom = isUnknownRoom && action !== 'joinRoom' && room;
  if (lostRoom) lostRoom.joinedOn.delete(connection.socket);
  if (problem.type.endsWith(':unauthenticated')) drop(state, connection);
  else if (problem.temporary || lostRoom) backOff(state, request, problem.retryAfterMs);
  else if (action === 'leaveRoom' && isUnknownRoom) resolve(state, request);
  // A join with a promise is a rename. If the server rejects a rename, the user stays in the room.
  else if (action === 'joinRoom' && room && request.promise === undefined) removeRoom(state, room, problem);
  else {
    if (action === 'markRead' && room) handleMarked(state, room, undefined);
    reject(state, request, problem);
  }
}

/** Compares head sequences to find lost messages and lost memberships. */
function handlePong(
  state: State,
  { lastSeqs = new Map(), isHeartbeat }: PendingRequest,
  pong: PongReply,
  { socket }: Connection,
): void {
  let isBehind = false;
  for (const [name, lastSeq] of lastSeqs) {
    const room = state.rooms.get(name);
    const headSeq = pong.rooms[name];
    if (!room?.joinedOn.has(socket)) continue;
    if (headSeq === undefined || headSeq < lastSeq) {
      room.joinedOn.delete(socket);
      continue;
    }
    room.headSeq = Math.max(room.headSeq, headSeq);
    isBehind ||= room.headSeq > room.lastSeq;
    updateGapTimer(state, room);
  }
  if (isHeartbeat && !isBehind) state.heartbeatMs = Math.min(MAX_HEARTBEAT_MS, state.heartbeatMs * 2);
  startTimer(state, 'heartbeat', state.heartbeatMs);
  // Both times are from the server, so their difference does not depend on the clock of this device.
  if (pong.tokenExpiresAt && socket === state.current?.socket) {
    const remainingMs = Date.parse(pong.tokenExpiresAt) - Date.parse(pong.ts);
    startTimer(state, 'token', Math.max(remainingMs / 2, remainingMs - TOKEN_LEAD_MS));
  }
  emit(state, { type: 'pong', pong });
}
