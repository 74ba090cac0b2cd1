import { randomBytes } from 'node:crypto';

/**
 * A subsegment as X-Ray stores it. Times are in epoch seconds.
 * https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html
 */
export interface Subsegment {
  readonly id: string;
  readonly name: string;
  readonly start_time: number;
  end_time?: number;
  namespace?: 'aws';
  annotations?: Record<string, string | number | boolean>;
  aws?: Record<string, unknown>;
  http?: { response: { status: number } };
  /** A client error. */
  error?: true;
  /** A server error. */
  fault?: true;
  throttle?: true;
  cause?: { working_directory: string; exceptions: object[] };
  subsegments?: Subsegment[];
}

export function openSubsegment(name: string): Subsegment {
  return { id: createId(), name, start_time: Date.now() / 1000 };
}

/**
 * Records an error. X-Ray shows a client error (`error`) in yellow and any other (`fault`) in red.
 * https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-errors
 *
 * @param status the status of the service's response, if the error is one
 */
export function addError(subsegment: Subsegment, error: Error, status?: number): void {
  const isClientError = status !== undefined && status >= 400 && status < 500;
  subsegment[isClientError ? 'error' : 'fault'] = true;
  if (status === 429) subsegment.throttle = true;
  subsegment.cause ??= { working_directory: process.cwd(), exceptions: [] };
  subsegment.cause.exceptions.push({
    id: createId(),
    message: error.message,
    type: error.name,
    remote: status !== undefined,
    // Node.js parses the source map for the first stack, which takes 100 ms and 7 MB. The recorded call shows where a client error
    // occurred.
    ...(!isClientError && { stack: parseStack(error.stack) }),
  });
}

/** A frame of Node.js: `at label (path:line:column)` or `at path:line:column`. */
const FRAME = /^ *at (?:(.*) \()?(.*?):(\d+)(?::\d+)?\)?$/gm;

function parseStack(stack: string | undefined): object[] {
  const frames = [...(stack?.matchAll(FRAME) ?? [])];
  return frames.map(([, label = 'anonymous', path, line]) => ({ path, line: Number(line), label }));
}

/** Returns a random ID of 64 bits in hexadecimal. */
function createId(): string {
  return randomBytes(8).toString('hex');
}
