import type { Template } from './jsonata/template';
import type { Retrier } from './run/retry';
import type { RunTask } from './tasks/task-runner';

/** A compiled state machine definition. `compile/` creates it, and `run/` executes it. */
export interface Machine extends Branch {
  /** The top-level TimeoutSeconds. */
  readonly timeoutSeconds?: number;
}

export interface Branch {
  readonly startAt: string;
  readonly states: ReadonlyMap<string, State>;
}

export type State =
  | PassState
  | TaskState
  | ChoiceState
  | WaitState
  | SucceedState
  | FailState
  | ParallelState
  | MapState;

/** The fields that are evaluated when a state, a choice rule or a catcher completes. */
export interface Effects {
  readonly output?: Template;
  readonly assign?: Template;
  /** The next state. Undefined if the branch ends. */
  readonly next?: string;
}

interface StateBase extends Effects {
  readonly name: string;
}

export interface PassState extends StateBase {
  readonly type: 'Pass';
  /** The result. Set only for JSONPath states. */
  readonly result?: Template;
}

export interface SucceedState extends StateBase {
  readonly type: 'Succeed';
}

export interface FailState {
  readonly type: 'Fail';
  readonly name: string;
  readonly error?: Template;
  readonly cause?: Template;
}

export interface WaitState extends StateBase {
  readonly type: 'Wait';
  readonly seconds?: Template;
  readonly timestamp?: Template;
}

export interface ChoiceState extends StateBase {
  readonly type: 'Choice';
  readonly rules: readonly ChoiceRule[];
  /** Whether `next` contains the Default state. Without a Default, the state fails if no rule matches. */
  readonly hasDefault: boolean;
}

export interface ChoiceRule extends Effects {
  readonly condition: Template;
}

/** A state with `Retry` and `Catch`. */
export interface RecoverableState extends StateBase {
  readonly retriers: readonly Retrier[];
  readonly catchers: readonly Catcher[];
}

export interface Catcher extends Effects {
  readonly errorEquals: readonly string[];
}

export interface TaskState extends RecoverableState {
  readonly type: 'Task';
  readonly resource: string;
  readonly runTask: RunTask;
  readonly arguments?: Template;
  readonly timeoutSeconds?: Template;
  /** The maximum time between two heartbeats of a task that waits for a callback. */
  readonly heartbeatSeconds?: Template;
  /** Whether the task waits for SendTaskSuccess or SendTaskFailure after the service call. */
  readonly waitsForToken: boolean;
}

export interface ParallelState extends RecoverableState {
  readonly type: 'Parallel';
  readonly arguments?: Template;
  readonly branches: readonly Branch[];
}

export interface MapState extends RecoverableState {
  readonly type: 'Map';
  readonly items?: Template;
  readonly itemSelector?: Template;
  readonly maxConcurrency?: Template;
  readonly processor: Branch;
}
