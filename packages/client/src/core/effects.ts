import { FIRST_BACKOFF_MS, MAX_BACKOFF_MS } from './times';
import type { Call, Core, Effect, Phase, Problem } from './types';

export function emit(core: Core, effect: Effect): void {
  core.effects.push(effect);
}

export function timer(core: Core, key: string, ms: number): void {
  emit(core, { type: 'timer', key, ms });
}

export function cancel(core: Core, ...keys: string[]): void {
  for (const key of keys) emit(core, { type: 'cancel', key });
}

export function enter(core: Core, phase: Phase): void {
  if (core.phase === phase) return;
  core.phase = phase;
  emit(core, { type: 'phase', phase });
}

/** Full jitter: anything up to a bound that doubles with each attempt. */
export function backoff(core: Core, attempt: number): number {
  return core.random() * Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** attempt);
}

/** Ends a call with its answer. */
export function resolve(core: Core, call: Call, value: unknown): void {
  end(core, call);
  if (call.ticket !== undefined) emit(core, { type: 'resolve', ticket: call.ticket, value });
}

/** Ends a call that will not be answered, or was refused for good. */
export function reject(core: Core, call: Call, problem: Problem): void {
  end(core, call);
  if (call.ticket !== undefined) emit(core, { type: 'reject', ticket: call.ticket, problem });
}

function end(core: Core, call: Call): void {
  core.calls.delete(call.id);
  cancel(core, `call:${call.id}`);
}
