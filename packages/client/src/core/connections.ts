import { backoffMs, cancelTimer, emit, resolve, setPhase, startTimer } from './effects';
import { clientProblem } from './problems';
import { connections, findConnection } from './requests';
import {
  LINGER_MS,
  MIN_HEARTBEAT_MS,
  OPEN_TIMEOUT_MS,
  ROTATE_MS,
  ROTATE_RETRY_MS,
  ROTATE_SPREAD_MS,
} from './timing';
import type { Connection, State } from './types';

export function connect(state: State): void {
  cancelTimer(state, 'backoff');
  setPhase(state, 'connecting');
  state.current = openConnection(state);
}

/** Opens the next connection before API Gateway closes the current one. */
export function rotate(state: State): void {
  if (state.current?.isOpen) state.next ??= openConnection(state);
}

function openConnection(state: State): Connection {
  const socket = ++state.lastId;
  emit(state, { type: 'open', socket });
  startTimer(state, `open:${socket}`, OPEN_TIMEOUT_MS);
  return { socket, isOpen: false };
}

export function handleOpened(state: State, socket: number): void {
  const connection = findConnection(state, socket);
  if (!connection) return;
  connection.isOpen = true;
  cancelTimer(state, `open:${socket}`);
  if (connection === state.current) goOnline(state);
}

/** Drops a connection. Reports the reason if the connection never opened. */
export function handleClosed(state: State, socket: number, reason?: string): void {
  const connection = findConnection(state, socket);
  if (connection && !connection.isOpen) {
    emit(state, { type: 'problem', problem: clientProblem('no-connection', reason) });
  }
  drop(state, connection);
}

function goOnline(state: State): void {
  state.heartbeatMs = MIN_HEARTBEAT_MS;
  startTimer(state, 'heartbeat', state.heartbeatMs);
  startTimer(state, 'rotate', ROTATE_MS + state.random() * ROTATE_SPREAD_MS);
  setPhase(state, 'online');
}

/** Makes the next connection the current one. The replaced connection lingers. */
export function takeOver(state: State): void {
  if (state.previous) retire(state, state.previous);
  state.previous = state.current;
  state.current = state.next;
  state.next = undefined;
  goOnline(state);
  startTimer(state, 'linger', LINGER_MS);
}

export function retire(state: State, previous: Connection): void {
  state.previous = undefined;
  shut(state, previous);
}

/** Removes a lost or dead connection. Its unbound requests move to the next connection. */
export function drop(state: State, connection: Connection | undefined): void {
  if (!connection) return;
  shut(state, connection);
  if (connection === state.previous) state.previous = undefined;
  if (connection === state.next) {
    state.next = undefined;
    startTimer(state, 'rotate', ROTATE_RETRY_MS * (0.5 + state.random()));
  }
  if (connection !== state.current) return;
  state.current = state.next;
  state.next = undefined;
  if (!state.current) {
    setPhase(state, 'waiting');
    startTimer(state, 'backoff', backoffMs(state, state.failures));
    state.failures += 1;
  } else if (state.current.isOpen) goOnline(state);
  else setPhase(state, 'connecting');
}

function shut(state: State, { socket }: Connection): void {
  emit(state, { type: 'shut', socket });
  cancelTimer(state, `open:${socket}`);
  for (const { joinedOn } of state.rooms.values()) joinedOn.delete(socket);
  for (const request of state.pending.values()) {
    // Closing the connection completes its bound requests. For example, it has the effect of a `leaveRoom`.
    if (request.boundTo === socket) resolve(state, request);
    else if (request.sentOn === socket) {
      request.sentOn = undefined;
      cancelTimer(state, `request:${request.id}`);
    }
  }
}

export function shutAll(state: State): void {
  for (const connection of connections(state)) shut(state, connection);
  setPhase(state, 'closed');
}
