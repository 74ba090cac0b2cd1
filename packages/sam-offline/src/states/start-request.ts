import { randomUUID } from 'node:crypto';
import { AwsError, type CallContext, type JsonObject } from '../core/service';
import { PAYLOAD_LIMIT } from './jsonata/json';

/** What StartExecution and StartSyncExecution are given, checked. */
export interface Start {
  readonly name: string;
  /** The input as it came, and parsed. */
  readonly text: string;
  readonly input: unknown;
  readonly traceHeader?: string;
}

/** The API's own restriction on names: no blanks, brackets, wildcards, special or control characters. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the API refuses exactly these
const NOT_IN_A_NAME = /[\s<>{}[\]?*"#%\\^|~`$&,;:/\u0000-\u001f\u007f-\u009f]/;

export function readStart(request: JsonObject, context: CallContext): Start {
  const name = request.name === undefined ? randomUUID() : String(request.name);
  if (name.length < 1 || name.length > 80 || NOT_IN_A_NAME.test(name)) {
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
  return { name, text, input: parse(text), ...(traceHeader === undefined ? {} : { traceHeader }) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = (error as Error).message;
    throw new AwsError('InvalidExecutionInput', `Invalid State Machine Execution Input: '${reason}'`);
  }
}
