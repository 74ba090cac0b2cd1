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
  /** The execution's own segment, if it is traced. */
  readonly trace?: ExecutionTrace;
  /** In the order in which the states were entered; the first `TRANSITIONS_KEPT` of them. */
  readonly transitions: readonly Transition[];
  /** How many more there were. */
  readonly transitionsDropped: number;
  /** Bytes of the inputs and outputs that the transitions hold. */
  readonly dataBytes: number;
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
  /** The calls of AWS services that the state made. */
  calls?: ServiceCall[];
  /** What went in and what came out, while the execution's record has room for it: `undefined` then. */
  input?: unknown;
  output?: unknown;
}

/** One call of an AWS service: `service` as in a resource ARN, `action` in the API's own spelling. */
export interface ServiceCall {
  /** Of the call's subsegment. */
  readonly id: string;
  readonly service: string;
  readonly action: string;
  /** The table, function, bus or queue, as the call names it. */
  readonly target?: string;
  /** Epoch milliseconds with fractions, as `ended`. */
  readonly started: number;
  ended?: number;
  /** The error's code. */
  error?: string;
  /** HTTP status of an answer that is an error. */
  status?: number;
}

/** Where an execution stands in its trace. */
export interface ExecutionTrace {
  readonly traceId: string;
  readonly segmentId: string;
  readonly parentId?: string;
}

/** The transitions an execution's record holds: enough to draw it, few enough to keep many records. */
export const TRANSITIONS_KEPT = 1000;

/** The bytes of states' inputs and outputs that an execution's record holds. */
export const DATA_KEPT_BYTES = 1024 * 1024;
