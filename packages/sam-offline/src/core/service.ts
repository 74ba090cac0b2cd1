/** The interface of all emulated AWS services, and the errors that they throw. */

/** The metadata of a call. */
export interface CallContext {
  /** The caller's `X-Amzn-Trace-Id` header: `Root=…;Parent=…;Sampled=…`. */
  readonly traceHeader?: string;
  /**
   * The ARN of the calling function or state machine, or of the role that EventBridge assumes. Absent if the caller is the
   * developer or an AWS service that does not need a role.
   */
  readonly principal?: string;
}

/**
 * An emulated AWS service. The input and output of `call` are the bodies of the service's JSON protocol: plain objects with the
 * API's member names (`TableName`, `Entries`, …). `call` throws `AwsError` for every error that the API documents. Any other
 * error is a bug in the runtime.
 */
export interface Service {
  call(action: string, input: JsonObject, context: CallContext): Promise<JsonObject>;
}

export type JsonObject = Record<string, unknown>;

/** The result of an invocation: the handler's result or, with `functionError`, Lambda's error object. */
export interface InvokeResult {
  readonly payload: unknown;
  readonly functionError?: 'Handled' | 'Unhandled';
}

/** The request ID and the trace ID of an invocation. The trace ID exists even if the trace is not sampled. */
export interface InvocationIds {
  readonly requestId: string;
  readonly traceId: string;
}

/** A part of a streamed response. */
export interface StreamChunk {
  readonly data: Uint8Array;
  /** The content type that the function sets for the stream. */
  readonly contentType: string;
}

/**
 * Invokes a function synchronously. `onStart` is called before the handler runs. `onChunk` receives the chunks of a streamed
 * response. Without `onChunk`, the chunks are combined into the payload.
 */
export type Invoke = (
  functionArn: string,
  event: unknown,
  onStart?: (ids: InvocationIds) => void,
  onChunk?: (chunk: StreamChunk) => void,
  context?: Pick<CallContext, 'traceHeader'>,
) => Promise<InvokeResult>;

/** An error of an AWS API. */
export class AwsError extends Error {
  /** The error's shape name, for example `ResourceNotFoundException`. */
  readonly code: string;
  /** The HTTP status: 4xx for client errors, 5xx for service errors. */
  readonly status: number;
  /** Other members of the error's shape, for example `CancellationReasons`. */
  readonly fields: JsonObject;

  constructor(code: string, message: string, status = 400, fields: JsonObject = {}) {
    super(message);
    this.name = code;
    this.code = code;
    this.status = status;
    this.fields = fields;
  }
}

/** An error that the user can fix. The command prints its message without a stack trace. */
export class UsageError extends Error {
  override readonly name: string = 'UsageError';
}

/** Thrown for a feature that the runtime does not support. The message names the feature. */
export class UnsupportedError extends UsageError {
  override readonly name = 'UnsupportedError';
}

/** Returns whether a value is a JSON object. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
