import { compileMachine } from './compile';

export type { Sleep } from './cancel';
export type { RunningExecution } from './executions';
export type { Invoke } from './integration';
export type { ExecutionRecord, ServiceCall, Transition } from './record';
export { executionSegment } from './segment';
export { createStates, type StatesOptions, type StatesService } from './service';

/**
 * Checks a definition in Amazon States Language without running it.
 *
 * @throws UnsupportedError that lists everything that is wrong or not supported, by the state's name.
 */
export function validateDefinition(definition: unknown): void {
  compileMachine(definition, Math.random);
}
