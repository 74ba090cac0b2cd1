import { compileMachine } from './compile';

export type { Sleep } from './cancel';
export type { Invoke } from './integration';
export type { ExecutionRecord, Transition } from './record';
export { createStates, type StatesOptions, type StatesService } from './service';

/**
 * Checks a definition in Amazon States Language without running it.
 *
 * @throws UnsupportedError that lists everything that is wrong or not supported, by the state's name.
 */
export function validateDefinition(definition: unknown): void {
  compileMachine(definition, Math.random);
}
