import { startTimer } from './effects';
import { enqueue } from './requests';
import { READ_DELAY_MS } from './timing';
import type { RoomState, State } from './types';

/** Sends the position up to which the user has read a room, after a delay that combines the positions of a few seconds. */
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
 * Ends a request that sent a position, and sends the position that the user has reached since.
 *
 * @param seq the position that is stored. Undefined if the server has rejected the request.
 */
export function handleMarked(state: State, room: RoomState, seq: number | undefined): void {
  room.isMarking = false;
  room.markedAt = state.now;
  if (seq === undefined) return;
  room.markedSeq = Math.max(room.markedSeq, seq);
  markRead(state, room, room.readSeq, room.readIntervalMs);
}
