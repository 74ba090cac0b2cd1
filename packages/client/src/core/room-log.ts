import type { Entry, HistoryReply } from '../protocol';
import { cancelTimer, emit, startTimer } from './effects';
import { enqueue, isPending } from './requests';
import { FIRST_CHECK_MS, GAP_MS, MIN_HEARTBEAT_MS, SECOND_CHECK_MS } from './timing';
import type { PendingRequest, RoomState, State } from './types';

/** Applies the next entries in order, drops duplicates and holds entries after a gap. Applies entries of unknown kinds too. */
export function applyEntries(state: State, room: RoomState, entries: readonly Entry[]): void {
  for (const entry of entries) if (entry.seq > room.lastSeq) room.held.set(entry.seq, entry);
  for (let entry = room.held.get(room.lastSeq + 1); entry; entry = room.held.get(room.lastSeq + 1)) {
    room.held.delete(entry.seq);
    room.lastSeq = entry.seq;
    emit(state, { type: 'entry', room: room.room, entry });
  }
  updateGapTimer(state, room);
}

/** Runs the gap timer while entries are missing. */
export function updateGapTimer(state: State, room: RoomState): void {
  const key = `gap:${room.room}`;
  const hasGap = room.held.size > 0 || room.lastSeq < room.headSeq;
  if (hasGap === room.hasGapTimer) return;
  if (hasGap) startTimer(state, key, GAP_MS);
  else cancelTimer(state, key);
  room.hasGapTimer = hasGap;
}

export function handleGapTimer(state: State, room: RoomState): void {
  room.hasGapTimer = false;
  state.heartbeatMs = MIN_HEARTBEAT_MS;
  scheduleChecks(state);
  fillGap(state, room);
}

/** Schedules two pings. They find messages that the server sent before its fan-out index listed this connection. */
export function scheduleChecks(state: State): void {
  startTimer(state, 'check1', FIRST_CHECK_MS);
  startTimer(state, 'check2', SECOND_CHECK_MS);
}

/** Requests the missing entries. If the room is not joined now, the next join recovers them. */
export function fillGap(state: State, room: RoomState): void {
  const boundTo = state.current?.socket;
  if (boundTo === undefined || !room.joinedOn.has(boundTo)) return;
  if (isPending(state, 'history', boundTo, room.room)) return;
  const targetSeq = Math.max(room.headSeq, ...room.held.keys());
  enqueue(state, 'history', { room: room.room, after: room.lastSeq }, { boundTo, targetSeq });
}

/** Applies a page of missing entries. Entries that are neither in the page nor held have expired. */
export function applyPage(
  state: State,
  room: RoomState,
  { targetSeq = 0 }: PendingRequest,
  page: HistoryReply,
): void {
  if (page.epoch !== room.epoch) {
    room.joinedOn.clear(); // The log was recreated. Joining again returns its head.
    return;
  }
  const [first] = page.messages;
  if (first && first.seq > room.lastSeq + 1) skipTo(state, room, first.seq - 1);
  applyEntries(state, room, page.messages);
  if (!page.more && room.lastSeq < targetSeq) {
    skipTo(state, room, Math.min(targetSeq, ...[...room.held.keys()].map((seq) => seq - 1)));
  }
  applyEntries(state, room, []);
  if (page.more) fillGap(state, room);
}

/** Continues after `from` and reports the skipped entries as unrecovered. */
export function skipTo(state: State, room: RoomState, from: number): void {
  const { lastSeq, epoch = '' } = room;
  room.lastSeq = from;
  for (const seq of room.held.keys()) if (seq <= from) room.held.delete(seq);
  emit(state, { type: 'unrecovered', room: room.room, epoch, lastSeq, from });
}
