import type { Template } from './jsonata/template';
import type { Retrier } from './run/retry';
import type { Perform } from './tasks/integrations';

/** A state machine's definition, checked and compiled: what `compile` makes and `interpreter` runs. */
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

/** What a state leaves behind when it is done. */
export interface Effects {
  readonly output?: Template;
  readonly assign?: Template;
  /** The state to go on with; none: the branch ends here. */
  readonly next?: string;
}

interface Common extends Effects {
  readonly name: string;
}

export interface PassState extends Common {
  readonly type: 'Pass';
}

export interface SucceedState extends Common {
  readonly type: 'Succeed';
}

export interface FailState {
  readonly type: 'Fail';
  readonly name: string;
  readonly error?: Template;
  readonly cause?: Template;
}

export interface WaitState extends Common {
  readonly type: 'Wait';
  readonly seconds?: Template;
  readonly timestamp?: Template;
}

export interface ChoiceState extends Common {
  readonly type: 'Choice';
  readonly rules: readonly ChoiceRule[];
  /** Whether `next` (Default) is there; without it, no match is an error. */
  readonly hasDefault: boolean;
}

export interface ChoiceRule extends Effects {
  readonly condition: Template;
}

/** A state that can be retried and whose errors can be caught. */
export interface Catching extends Common {
  readonly retriers: readonly Retrier[];
  readonly catchers: readonly Catcher[];
}

export interface Catcher extends Effects {
  readonly errorEquals: readonly string[];
}

export interface TaskState extends Catching {
  readonly type: 'Task';
  readonly resource: string;
  readonly perform: Perform;
  readonly arguments?: Template;
  readonly timeoutSeconds?: Template;
}

export interface ParallelState extends Catching {
  readonly type: 'Parallel';
  readonly arguments?: Template;
  readonly branches: readonly Branch[];
}

export interface MapState extends Catching {
  readonly type: 'Map';
  readonly items?: Template;
  readonly itemSelector?: Template;
  readonly maxConcurrency?: Template;
  readonly processor: Branch;
}
