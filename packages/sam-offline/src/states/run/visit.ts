import type { Transition } from '../execution-record';
import type { Bindings, Variables } from '../jsonata/expression';
import type { Branch } from '../machine';
import type { Cancellation } from './cancellation';
import type { Execution } from './execution';

/** The context of a running branch: the top-level states, a Parallel branch or a Map iteration. */
export interface Scope {
  readonly execution: Execution;
  readonly cancellation: Cancellation;
  /** The variables of this scope and its outer scopes. Replaced on Assign, never mutated: iterations share it. */
  variables: Variables;
  /** See `Transition.path`. */
  readonly path: string;
}

/** One visit to a state. */
export interface Visit {
  readonly scope: Scope;
  readonly input: unknown;
  readonly eventId: number;
  readonly transition: Transition;
  /** Whether the execution's record contains the transition. */
  readonly isRecorded: boolean;
  /** `$states` without `result`. Replaced on each retry, because `$states.context` counts them. */
  bindings: Bindings;
  /** Passed to Map and Parallel states, so that they do not import the module that runs them. */
  readonly runBranch: RunBranch;
}

/** Runs a branch to its end and returns its output. */
export type RunBranch = (branch: Branch, input: unknown, scope: Scope) => Promise<unknown>;
