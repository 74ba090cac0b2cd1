import type { Problem } from '../protocol';
import { MAX_BACKOFF_MS, MIN_BACKOFF_MS } from './timing';
import type { Effect, PendingRequest, Phase, State } from './types';

export function emit(state: State, effect: Effect): void {
  state.effects.push(effect);
}

export function startTimer(state: State, key: string, ms: number): void {
  emit(state, { type: 'timer', key, ms });
}

export function cancelTimer(state: State, key: string): void {
  emit(state, { type: 'cancel', key });
}

export function setPhase(state: State, phase: Phase): void {
  if (state.phase === phase) return;
  state.phase = phase;
  emit(state, { type: 'phase', phase });
}

/** Returns an exponential back-off with full jitter. */
export function backoffMs(state: State, attempt: number): number {
  return state.random() * Math.min(MAX_BACKOFF_MS, MIN_BACKOFF_MS * 2 ** attempt);
}

/** Ends a request successfully. */
export function resolve(state: State, request: PendingRequest, value?: unknown): void {
  end(state, request);
  if (request.promise !== undefined) emit(state, { type: 'resolve', promise: request.promise, value });
}

/** Ends a request with a permanent problem. */
export function reject(state: State, request: PendingRequest, problem: Problem): void {
  end(state, request);
  if (request.promise !== undefined) emit(state, { type: 'reject', promise: request.promise, problem });
}

function end(state: State, { id }: PendingRequest): void {
  state.pending.delete(id);
  cancelTimer(state, `request:${id}`);
}
