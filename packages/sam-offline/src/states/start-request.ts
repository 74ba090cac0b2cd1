import { randomUUID } from 'node:crypto';
import { AwsError, type CallContext, type JsonObject } from '../core/service';
import { PAYLOAD_LIMIT } from './jsonata/json';

/** A validated StartExecution or StartSyncExecution request. */
export interface StartRequest {
  readonly name: string;
  /** The input as JSON, unchanged. `input` is the parsed value. */
  readonly text: string;
  readonly input: unknown;
  readonly traceHeader?: string;
  /** The ARN of the function, state machine or role that starts the execution. */
  readonly caller?: string;
}

/** The API rejects names that contain whitespace, brackets, wildcards, special characters or control characters. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the API rejects exactly these
const INVALID_IN_NAME = /[\s<>{}[\]?*"#%\\^|~`$&,;:/\u0000-\u001f\u007f-\u009f]/;

/** Validates a start request. Throws AwsError if the name or input is not valid. */
export function parseStartRequest(request: JsonObject, context: CallContext): StartRequest {
  const name = request.name === undefined ? randomUUID() : String(request.name);
  if (name.length < 1 || name.length > 80 || INVALID_IN_NAME.test(name)) {
    throw new AwsError('InvalidName', `Invalid Name: '${name}'`);
  }
  const text = request.input === undefined ? '{}' : String(request.input);
  if (Buffer.byteLength(text) > PAYLOAD_LIMIT) {
    throw new AwsError(
      'ValidationException',
      `1 validation error detected: Value at 'input' failed to satisfy constraint: Member must have length less than or equal to ${PAYLOAD_LIMIT}`,
    );
  }
  const traceHeader = typeof request.traceHeader === 'string' ? request.traceHeader : context.traceHeader;
  return {
    name,
    text,
    input: parseInput(text),
    ...(traceHeader === undefined ? {} : { traceHeader }),
    ...(context.principal === undefined ? {} : { caller: context.principal }),
  };
}

function parseInput(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = (error as Error).message;
    throw new AwsError('InvalidExecutionInput', `Invalid State Machine Execution Input: '${reason}'`);
  }
}
