/** What is known of an execution once it is over. Times are epoch milliseconds. */
export interface ExecutionRecord {
  readonly executionArn: string;
  readonly name: string;
  readonly stateMachineArn: string;
  readonly stateMachineName: string;
  readonly type: 'EXPRESS' | 'STANDARD';
  readonly status: 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';
  readonly startDate: number;
  readonly stopDate: number;
  readonly input: unknown;
  /** Only if it succeeded. */
  readonly output?: unknown;
  readonly error?: string;
  readonly cause?: string;
  readonly traceHeader?: string;
  /** In the order in which the states were entered; the first `TRANSITIONS_KEPT` of them. */
  readonly transitions: readonly Transition[];
  /** How many more there were. */
  readonly transitionsDropped: number;
}

/** One visit to a state. */
export interface Transition {
  readonly name: string;
  readonly type: string;
  /** Where the state is: `Shards[2]/Batches[0]/` for one in a Map's iteration, empty at the top. */
  readonly path: string;
  readonly entered: number;
  /** Missing if the execution was over first. */
  exited?: number;
  /** The name of the error the state ended with, caught or not; `''` for an error without a name. */
  error?: string;
  retries: number;
}

/** The transitions an execution's record holds: enough to draw it, few enough to keep many records. */
export const TRANSITIONS_KEPT = 1000;
