/** The record of an execution that has ended. Times are epoch milliseconds. */
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
  /** Present if the execution succeeded. */
  readonly output?: unknown;
  readonly error?: string;
  readonly cause?: string;
  readonly traceHeader?: string;
  /** The ARN of the function, the state machine or the role that started the execution. Absent for the developer. */
  readonly caller?: string;
  /** Present if the execution is traced. */
  readonly trace?: ExecutionTrace;
  /** The first `MAX_TRANSITIONS` transitions, in the order in which the states were entered. */
  readonly transitions: readonly Transition[];
  /** The number of transitions beyond `MAX_TRANSITIONS`. */
  readonly transitionsDropped: number;
  /** The total size of the inputs and outputs in `transitions`. */
  readonly dataBytes: number;
}

/** One visit to a state. */
export interface Transition {
  readonly name: string;
  readonly type: string;
  /** The enclosing iterations and branches, for example `Shards[2]/Batches[0]/`. Empty at the top level. */
  readonly path: string;
  readonly entered: number;
  /** Absent if the execution ended before the state did. */
  exited?: number;
  /** The name of the error, caught or not. `''` for an error without a name. */
  error?: string;
  retries: number;
  /** The AWS service calls that the state made. */
  calls?: ServiceCall[];
  /** `input` and `output` are absent once the record has reached `MAX_DATA_BYTES`. */
  input?: unknown;
  output?: unknown;
}

/** One AWS service call: `service` as in a resource ARN, `action` as in the API. */
export interface ServiceCall {
  /** The ID of the call's subsegment. */
  readonly id: string;
  readonly service: string;
  readonly action: string;
  /** The table, function, bus or queue that the input names. */
  readonly target?: string;
  /** `started` and `ended` are epoch milliseconds with fractions. */
  readonly started: number;
  ended?: number;
  /** The error code. */
  error?: string;
  /** The HTTP status of an error response. */
  status?: number;
}

/** The position of an execution in its trace. */
export interface ExecutionTrace {
  readonly traceId: string;
  readonly segmentId: string;
  readonly parentId?: string;
}

/** Enough transitions to draw an execution, few enough to store many records. */
export const MAX_TRANSITIONS = 1000;

/** The maximum size of the inputs and outputs that one record stores. */
export const MAX_DATA_BYTES = 1024 * 1024;
