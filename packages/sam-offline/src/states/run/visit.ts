import type { Transition } from '../execution-record';
import type { Bindings, Variables } from '../jsonata/expression';
import type { Branch } from '../machine';
import type { Cancel } from './cancellation';
import type { Execution } from './execution';

/** A branch as it runs: the machine's own states, one branch of a Parallel, one iteration of a Map. */
export interface Scope {
  readonly execution: Execution;
  readonly cancel: Cancel;
  /** Of this scope and those around it. Replaced, never changed: iterations share their outer scope's. */
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
  /** Whether the execution's record holds the transition. */
  readonly kept: boolean;
  /** `$states` without a result; its context counts the retries. */
  bindings: Bindings;
  /** Passed to Map and Parallel states, so that they do not import the module that runs them. */
  readonly runBranch: RunBranch;
}

/** Runs a branch to its end and returns its output. */
export type RunBranch = (branch: Branch, input: unknown, scope: Scope) => Promise<unknown>;
