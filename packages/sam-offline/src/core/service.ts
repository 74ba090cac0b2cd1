/** What every service of the runtime has in common: how it is called and how it fails. */

/** What travels with a call beside its input. */
export interface CallContext {
  /** `Root=…;Parent=…;Sampled=…`, the value of X-Amzn-Trace-Id, if the caller sent one. */
  readonly traceHeader?: string;
}

/**
 * One AWS service. `call` takes and returns what the service's JSON protocol carries: plain objects with the
 * API's own member names (`TableName`, `Entries`, …). It throws `AwsError` for everything the API calls an
 * error; anything else it throws is a fault of the runtime itself.
 */
export interface Service {
  call(action: string, input: JsonObject, context: CallContext): Promise<JsonObject>;
}

export type JsonObject = Record<string, unknown>;

/** An error as an AWS API tells it. */
export class AwsError extends Error {
  /** The error's shape name, for example `ResourceNotFoundException`. */
  readonly code: string;
  /** HTTP status: 4xx for the caller's fault, 5xx for the service's. */
  readonly status: number;
  /** Further members of the error's shape, for example `CancellationReasons`. */
  readonly fields: JsonObject;

  constructor(code: string, message: string, status = 400, fields: JsonObject = {}) {
    super(message);
    this.name = code;
    this.code = code;
    this.status = status;
    this.fields = fields;
  }
}

/** What the person at the terminal can act on: told in its own words, without a stack. */
export class UsageError extends Error {
  override readonly name: string = 'UsageError';
}

/** Thrown where something asks for what this runtime does not have, naming it: never ignored silently. */
export class UnsupportedError extends UsageError {
  override readonly name = 'UnsupportedError';
}

/** Whether a value is what JSON calls an object. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
