import { startTimer } from './effects';
import { enqueue } from './requests';
import { READ_DELAY_MS } from './timing';
import type { RoomState, State } from './types';

/** Sends the user's read position in a room after a delay. Positions set during the delay are combined into one request. */
export function markRead(state: State, room: RoomState, seq: number, intervalMs: number): void {
  room.readSeq = Math.max(room.readSeq, Math.min(seq, room.lastSeq));
  room.readIntervalMs = intervalMs;
  if (room.isMarking || room.readSeq <= room.markedSeq) return;
  room.isMarking = true;
  const delayMs = READ_DELAY_MS * (0.5 + state.random());
  startTimer(state, `read:${room.room}`, Math.max(delayMs, room.markedAt + intervalMs - state.now));
}

/** Sends the position, unless another device has sent a later one in the meantime. */
export function handleReadTimer(state: State, room: RoomState): void {
  room.isMarking = room.readSeq > room.markedSeq;
  if (room.isMarking) enqueue(state, 'markRead', { room: room.room, seq: room.readSeq });
}

/**
 * Ends a request that sent a position. If the user has read further since then, sends the new position.
 *
 * @param seq the stored position. Undefined if the server rejected the request.
 */
export function handleMarked(state: State, room: RoomState, seq: number | undefined): void {
  room.isMarking = false;
  room.markedAt = state.now;
  if (seq === undefined) return;
  room.markedSeq = Math.max(room.markedSeq, seq);
  markRead(state, room, room.readSeq, room.readIntervalMs);
}
