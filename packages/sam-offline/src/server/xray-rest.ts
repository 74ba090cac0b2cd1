import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { AwsError, isObject, type JsonObject, type Service } from '../core/service';
import { readBody } from '../http/body';
import { replyJson } from '../http/reply';
import { MAX_BODY_BYTES, toAwsError } from './errors';

/** The actions of the X-Ray REST API by path. */
const ACTIONS = new Map([
  ['/TraceSummaries', 'GetTraceSummaries'],
  ['/Traces', 'BatchGetTraces'],
  ['/TraceSegments', 'PutTraceSegments'],
]);

/** Returns the X-Ray action for a path, or undefined for other paths. */
export function findXRayAction(path: string): string | undefined {
  return ACTIONS.get(path);
}

/** Handles a request to the X-Ray REST API. Never rejects. */
export async function handleXRay(
  xray: Service,
  action: string,
  request: IncomingMessage,
  response: ServerResponse,
  log?: (line: object) => void,
): Promise<void> {
  const headers: Record<string, string> = { 'x-amzn-requestid': randomUUID() };
  try {
    const body = await readBody(request, MAX_BODY_BYTES);
    if (request.headers.authorization === undefined) {
      throw new AwsError('MissingAuthenticationTokenException', 'Missing Authentication Token', 403);
    }
    replyJson(response, 200, await xray.call(action, parseInput(body), {}), headers);
  } catch (error) {
    if (request.destroyed && !request.complete) return;
    const { status, code, message } = toAwsError(error, log);
    replyJson(response, status, { Message: message }, { ...headers, 'x-amzn-errortype': code });
  }
}

function parseInput(body: Buffer | undefined): JsonObject {
  try {
    const input: unknown = JSON.parse(body?.toString() || '{}');
    if (isObject(input)) return input;
  } catch {
    // The body is not JSON. The error below also covers this case.
  }
  throw new AwsError('InvalidRequestException', 'The request body must be a JSON object.');
}
