import type { Transition } from '../execution-record';
import type { Bindings, Variables } from '../jsonata/expression';
import type { Branch } from '../machine';
import type { Cancellation } from './cancellation';
import type { Execution } from './execution';

/** The context of a running branch: the top-level states, a Parallel branch or a Map iteration. */
export interface Scope {
  readonly execution: Execution;
  readonly cancellation: Cancellation;
  /**
   * The variables of this scope and all outer scopes. Assign replaces this object and never mutates it, because iterations
   * share it.
   */
  variables: Variables;
  /** See `Transition.path`. */
  readonly path: string;
}

/** A visit to a state. */
export interface Visit {
  readonly scope: Scope;
  readonly input: unknown;
  readonly eventId: number;
  readonly transition: Transition;
  /** Whether the execution's record contains the transition. */
  readonly isRecorded: boolean;
  /**
   * `$states` without `result`, and the variables. Replaced on each retry, because `$states.context` contains the number of
   * retries.
   */
  bindings: Bindings;
  /** Runs nested branches. Map and Parallel states receive this function, which avoids a circular import. */
  readonly runBranch: RunBranch;
}

/** Runs a branch until it ends, and returns its output. */
export type RunBranch = (branch: Branch, input: unknown, scope: Scope) => Promise<unknown>;
