/** What the runtime and a worker thread say to each other. Events and results travel as JSON text, as on AWS. */

/** Handed to a worker thread when it starts. */
export interface WorkerSetup {
  /** The bundle to load. Absolute. */
  readonly file: string;
  /** The export that is the handler; may be nested: `a.b`. */
  readonly exportName: string;
  /** The handler as the template spells it, for error messages. */
  readonly handler: string;
  readonly functionArn: string;
  readonly runtime: string;
  /** The whole environment of the function: nothing of the developer's own. */
  readonly env: Readonly<Record<string, string>>;
}

/** One invocation, from the runtime to the worker. */
export interface InvokeMessage {
  readonly requestId: string;
  /** The event as JSON. */
  readonly event: string;
  /** Epoch milliseconds at which the invocation times out. */
  readonly deadline: number;
  /** The value of `_X_AMZN_TRACE_ID`. */
  readonly traceHeader: string;
}

/** An error as the Lambda runtime for Node.js reports it: the payload of a failed invocation. */
export interface ErrorPayload {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
}

export type WorkerMessage =
  | { readonly type: 'ready' }
  | { readonly type: 'init-error'; readonly error: ErrorPayload }
  | { readonly type: 'log'; readonly stream: 'stdout' | 'stderr'; readonly text: string }
  | { readonly type: 'result'; readonly body: string }
  /** `fatal`: an uncaught exception or rejection, after which AWS ends the environment. */
  | { readonly type: 'error'; readonly error: ErrorPayload; readonly fatal: boolean };
