import type { CreatedReply, JoinedReply, Problem } from '../protocol';
import { cancelTimer, emit, reject } from './effects';
import { clientProblem } from './problems';
import { enqueue, isPending } from './requests';
import { applyEntries, fillGap, scheduleChecks, skipTo } from './room-log';
import type { Connection, LogPosition, PendingRequest, RoomPush, RoomState, State } from './types';

/** Adds a room to the state. `flush` joins it on each connection. */
export function addRoom(
  state: State,
  room: string,
  username?: string,
  resume?: LogPosition,
  invite?: string,
): RoomState {
  const existing = state.rooms.get(room);
  if (existing) return existing;
  const lastSeq = resume?.lastSeq ?? 0;
  const added: RoomState = {
    room,
    username,
    invite,
    epoch: resume?.epoch,
    lastSeq,
    headSeq: lastSeq,
    held: new Map(),
    early: [],
    joinedOn: new Set(),
    hasGapTimer: false,
    memberCountTs: '',
    settingsTs: '',
    readSeq: 0,
    markedSeq: 0,
    markedAt: 0,
    readIntervalMs: 0,
    joinPromises: [],
  };
  state.rooms.set(room, added);
  return added;
}

/** Applies a `joined` or `created` reply: sets or recovers the log position, then applies early pushes. */
export function handleJoined(
  state: State,
  room: RoomState,
  reply: JoinedReply | CreatedReply,
  { socket }: Connection,
  request: PendingRequest,
): void {
  const { epoch, headSeq } = reply;
  room.joinedOn.add(socket);
  if (!room.username) state.username ??= reply.you.username; // Keeps the name that the server assigned.
  room.username = reply.you.username;
  room.userId = reply.you.userId;
  if (room.epoch !== epoch) room.readSeq = room.markedSeq = 0;
  room.markedSeq = Math.max(room.markedSeq, reply.read ?? 0);
  if (room.epoch === undefined) {
    room.epoch = epoch;
    room.lastSeq = room.headSeq = headSeq;
  } else if (!reply.recovered && !isUpToDate(room, reply, request)) {
    if (room.epoch !== epoch) room.held.clear();
    room.epoch = epoch;
    room.headSeq = headSeq;
    skipTo(state, room, headSeq);
  }
  emit(state, { type: 'joined', room: room.room, from: room.lastSeq, reply });
  room.headSeq = Math.max(room.headSeq, headSeq);
  applyEntries(state, room, reply.messages);
  for (const push of room.early.splice(0)) {
    if (push.type !== 'message' || push.epoch === epoch) handleRoomPush(state, room, push);
  }
  for (const promise of room.joinPromises.splice(0)) {
    emit(state, { type: 'resolve', promise, value: room.room });
  }
  if (room.lastSeq < headSeq) fillGap(state, room);
  scheduleChecks(state);
}

/** Returns whether the other connection already delivered every entry that this reply cannot recover. */
function isUpToDate(
  room: RoomState,
  { epoch, headSeq }: JoinedReply | CreatedReply,
  { fields: { resume } }: PendingRequest,
): boolean {
  return epoch === room.epoch && room.lastSeq >= headSeq && headSeq >= (resume?.lastSeq ?? 0);
}

export function handleRoomPush(state: State, room: RoomState, push: RoomPush): void {
  if (room.joinedOn.size === 0) {
    room.early.push(push);
  } else if (push.type !== 'message') {
    if (isDuplicate(state, JSON.stringify(push))) return;
    if (push.type === 'roleChanged') emit(state, { type: 'role', room: room.room, push });
    if (push.type === 'read') {
      if (push.epoch !== room.epoch) return;
      room.markedSeq = Math.max(room.markedSeq, push.positions[room.userId ?? ''] ?? 0);
    }
    if (push.type === 'memberRenamed' || push.type === 'typing' || push.type === 'read')
      emit(state, { type: 'push', room: room.room, push });
    if (push.type === 'roomChanged') {
      const isLatest = push.ts >= room.settingsTs;
      if (isLatest) room.settingsTs = push.ts;
      emit(state, { type: 'settings', room: room.room, push, isLatest });
    }
    if (!('memberCount' in push)) return;
    const isLatest = push.ts >= room.memberCountTs;
    if (isLatest) room.memberCountTs = push.ts;
    emit(state, { type: 'member', room: room.room, push, isLatest });
  } else if (push.epoch === room.epoch) {
    applyEntries(state, room, [push]);
  } else {
    room.joinedOn.clear(); // The log was recreated. Joining again returns its head.
    room.early.push(push);
  }
}

/** Returns whether an unsequenced push with this key arrived before, and remembers the key. */
export function isDuplicate({ recentPushes }: State, key: string): boolean {
  if (recentPushes.includes(key)) return true;
  recentPushes.push(key);
  if (recentPushes.length > 100) recentPushes.shift();
  return false;
}

/** Removes a room because the app left it, the client was closed or the server rejected the join. */
export function removeRoom(state: State, room: RoomState, problem?: Problem): void {
  state.rooms.delete(room.room);
  cancelTimer(state, `gap:${room.room}`);
  cancelTimer(state, `read:${room.room}`);
  const reason = problem ?? clientProblem('left');
  for (const request of state.pending.values()) {
    if (request.fields.room !== room.room || request.action === 'leaveRoom') continue;
    if (request.action === 'joinRoom' && request.sentOn !== undefined && !problem) request.isAbandoned = true;
    else reject(state, request, reason);
  }
  for (const promise of room.joinPromises) emit(state, { type: 'reject', promise, problem: reason });
  emit(state, { type: 'left', room: room.room, problem });
}

/** Leaves a room on each connection that has joined it or is joining it. */
export function leaveRoom(state: State, name: string, promise: number): void {
  const room = state.rooms.get(name);
  if (room) removeRoom(state, room);
  let unassigned: number | undefined = promise;
  for (const connection of [state.current, state.next]) {
    if (!room || !connection?.isOpen) continue;
    const { socket } = connection;
    if (!room.joinedOn.has(socket) && !isPending(state, 'joinRoom', socket, name)) continue;
    enqueue(state, 'leaveRoom', { room: name }, { boundTo: socket, promise: unassigned });
    unassigned = undefined;
  }
  if (unassigned !== undefined) emit(state, { type: 'resolve', promise, value: undefined });
}

/**
 * Sends a `typing` frame. Without a connection, the frame is dropped. The server replies only if it rejects the frame, and the
 * client ignores the error because no request has this `id`.
 */
export function announceTyping(state: State, name: string, intervalMs: number): void {
  const { current, now } = state;
  const room = state.rooms.get(name);
  if (!current?.isOpen || !room?.joinedOn.has(current.socket)) return;
  if (now - (room.typedAt ?? 0) < intervalMs) return;
  room.typedAt = now;
  const text = JSON.stringify({ action: 'typing', id: 'typing', room: name });
  emit(state, { type: 'transmit', socket: current.socket, text });
}
