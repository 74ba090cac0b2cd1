import type { Push, Reply } from '../frames';
import type { RemovedPush } from '../protocol';
import { connect, handleClosed, handleOpened, rotate, shutAll } from './connections';
import { emit, reject, startTimer } from './effects';
import { flush } from './flush';
import { clientProblem } from './problems';
import { handleReadTimer, markRead } from './read-positions';
import { handleGatewayError, handleReply, handleRequestTimer } from './replies';
import { enqueue, findConnection, orderKey, ping } from './requests';
import { handleGapTimer } from './room-log';
import { addRoom, announceTyping, handleRoomPush, isDuplicate, leaveRoom, removeRoom } from './rooms';
import { MIN_HEARTBEAT_MS } from './timing';
import type { Effect, Event, RoomPush, State } from './types';

export function createState(random: () => number): State {
  return {
    phase: 'waiting',
    now: 0,
    random,
    effects: [],
    failures: 0,
    heartbeatMs: MIN_HEARTBEAT_MS,
    rooms: new Map(),
    pending: new Map(),
    recentPushes: [],
    lastId: 0,
  };
}

/**
 * Applies an event to the state and returns the effects to perform, in order. Deterministic: it reads no clock and
 * performs no I/O.
 *
 * @param now epoch milliseconds
 */
export function step(state: State, event: Event, now: number): Effect[] {
  state.now = now;
  state.effects = [];
  if (state.phase !== 'closed') {
    handleEvent(state, event);
    flush(state);
  } else if ('promise' in event) {
    emit(state, { type: 'reject', promise: event.promise, problem: clientProblem('closed') });
  }
  return state.effects;
}

function handleEvent(state: State, event: Event): void {
  switch (event.type) {
    case 'start':
      state.username = event.username;
      connect(state);
      break;
    case 'opened':
      handleOpened(state, event.socket);
      break;
    case 'closed':
      handleClosed(state, event.socket, event.reason);
      break;
    case 'frame':
      handleFrame(state, event.socket, event.frame);
      break;
    case 'timer':
      handleTimer(state, event.key);
      break;
    case 'token':
      if (state.current?.isOpen)
        enqueue(state, 'refreshToken', { token: event.token }, { boundTo: state.current.socket });
      break;
    case 'online':
      // The network may have changed while the connection was open.
      if (state.phase === 'waiting') connect(state);
      else ping(state, state.current);
      break;
    case 'typing':
      announceTyping(state, event.room, event.intervalMs);
      break;
    case 'read': {
      const room = state.rooms.get(event.room);
      if (room) markRead(state, room, event.seq, event.intervalMs);
      break;
    }
    case 'cancel':
      for (const request of state.pending.values())
        if (request.fields.clientMsgId === event.clientMsgId)
          reject(state, request, clientProblem('cancelled'));
      break;
    case 'close':
      close(state);
      break;
    default:
      handleCommand(state, event);
  }
}

function handleCommand(state: State, command: Extract<Event, { promise: number }>): void {
  const { promise } = command;
  if (command.type === 'create') {
    enqueue(state, 'createRoom', { username: state.username, ...command.fields }, { promise });
  } else if (command.type === 'join') {
    const room = addRoom(state, command.room, command.username, command.resume, command.invite);
    if (room.joinedOn.size > 0) emit(state, { type: 'resolve', promise, value: room.room });
    else room.joinPromises.push(promise);
  } else if (command.type === 'leave') {
    leaveRoom(state, command.room, promise);
  } else {
    const { action, fields, createdAt, isRestored } = command;
    if (action === 'react') cancelWaiting(state, orderKey({ action, fields }));
    // A restored message may already have been sent before the page was reloaded.
    const request = enqueue(state, action, fields, { promise, createdAt, attempts: isRestored ? 1 : 0 });
    if (!state.rooms.has(fields.room)) reject(state, request, clientProblem('not-joined'));
  }
}

/**
 * Cancels a queued change of an emoji or one that waits for a retry. Sending it later would undo the change that replaces it.
 */
function cancelWaiting(state: State, key: string | undefined): void {
  for (const request of state.pending.values())
    if (request.action === 'react' && orderKey(request) === key && request.sentOn === undefined)
      reject(state, request, clientProblem('cancelled'));
}

function handleTimer(state: State, key: string): void {
  const [name, id = ''] = key.split(':');
  const room = state.rooms.get(id);
  const request = state.pending.get(id);
  if (name === 'backoff') connect(state);
  else if (name === 'open') handleClosed(state, Number(id), 'The server did not respond.');
  else if (name === 'rotate') rotate(state);
  else if (name === 'token') emit(state, { type: 'fetchToken' });
  else if (name === 'linger' && state.previous) state.previous.hasLingered = true;
  else if (name === 'check1' || name === 'check2') ping(state, state.current);
  else if (name === 'gap' && room) handleGapTimer(state, room);
  else if (name === 'read' && room) handleReadTimer(state, room);
  else if (name === 'request' && request) handleRequestTimer(state, request);
  else if (name === 'heartbeat') {
    startTimer(state, 'heartbeat', state.heartbeatMs);
    ping(state, state.current, true);
  }
}

const ROOM_PUSHES = new Set<string>([
  'message',
  'memberJoined',
  'memberLeft',
  'memberRenamed',
  'roleChanged',
  'roomChanged',
  'typing',
  'read',
  'removed',
] satisfies (RoomPush | RemovedPush)['type'][]);

/** Handles a frame from the server. Ignores unknown types, rooms and request IDs. */
function handleFrame(state: State, socket: number, value: unknown): void {
  const connection = findConnection(state, socket);
  const frame = value as ((Reply | Push) & { id?: string; requestId?: string }) | null | undefined;
  if (!connection || !frame) return;
  if (frame.id !== undefined) {
    handleReply(state, frame.id, frame as Reply, connection);
  } else if (frame.requestId && frame.type === undefined) {
    handleGatewayError(state, connection); // `{"message":"Internal server error","connectionId":"…","requestId":"…"}`
  } else if (frame.type === 'error') {
    emit(state, { type: 'problem', problem: frame.problem });
  } else if (frame.type === 'broadcast') {
    if (!isDuplicate(state, frame.messageId)) emit(state, { type: 'broadcast', push: frame });
  } else if (frame.type === 'directMessage') {
    // The push can arrive after the client has joined the direct room.
    const isJoined = state.rooms.has(frame.room);
    if (!isJoined && !isDuplicate(state, JSON.stringify(frame)))
      emit(state, { type: 'directMessage', push: frame });
  } else if (ROOM_PUSHES.has(frame.type)) {
    const push = frame as RoomPush | RemovedPush;
    const room = state.rooms.get(push.room);
    if (!room) return;
    if (push.type !== 'removed') handleRoomPush(state, room, push);
    else if (room.joinedOn.has(socket)) removeRoom(state, room, clientProblem(push.reason));
  }
}

function close(state: State): void {
  for (const room of state.rooms.values()) removeRoom(state, room, clientProblem('closed'));
  for (const request of state.pending.values()) reject(state, request, clientProblem('closed'));
  shutAll(state);
}
