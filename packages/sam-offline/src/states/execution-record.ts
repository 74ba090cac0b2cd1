/** The record of an execution that has ended. Times are in epoch milliseconds. */
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
  /** Set only if the execution succeeded. */
  readonly output?: unknown;
  readonly error?: string;
  readonly cause?: string;
  readonly traceHeader?: string;
  /**
   * The ARN of the function, the state machine or the role that started the execution. Undefined if the developer started it.
   */
  readonly caller?: string;
  /** Set only if the execution is traced. */
  readonly trace?: ExecutionTrace;
  /** The first `MAX_TRANSITIONS` transitions, in the order of their start. */
  readonly transitions: readonly Transition[];
  /** The number of transitions beyond `MAX_TRANSITIONS`. */
  readonly transitionsDropped: number;
  /** The total size of the inputs and outputs in `transitions`, in bytes. */
  readonly dataBytes: number;
}

/** A visit to a state. Loops and iterations visit states several times. */
export interface Transition {
  readonly name: string;
  readonly type: string;
  /** The path of the enclosing iterations and branches, for example `Shards[2]/Batches[0]/`. Empty at the top level. */
  readonly path: string;
  readonly entered: number;
  /** Undefined if the execution ended before the state ended. */
  exited?: number;
  /** The name of the error, whether or not it was caught. Empty for an error without a name. */
  error?: string;
  retries: number;
  /** The AWS service calls that the state made. */
  calls?: ServiceCall[];
  /** `input` and `output` are omitted if they would exceed the record's limit, `MAX_DATA_BYTES`. */
  input?: unknown;
  output?: unknown;
}

/** An AWS service call. `service` is the name in resource ARNs, and `action` is the name in the API. */
export interface ServiceCall {
  /** The ID of the call's subsegment. */
  readonly id: string;
  readonly service: string;
  readonly action: string;
  /** The table, function, event bus or queue in the input. */
  readonly target?: string;
  /** `started` and `ended` are in epoch milliseconds, with fractions. */
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

/** The maximum number of transitions in a record. This is enough for the diagram of an execution, and keeps records small. */
export const MAX_TRANSITIONS = 1000;

/** The maximum total size of the inputs and outputs in a record. */
export const MAX_DATA_BYTES = 1024 * 1024;
