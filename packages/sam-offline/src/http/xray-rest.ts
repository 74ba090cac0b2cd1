import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { AwsError, isObject, type JsonObject, type Service } from '../core/service';
import { readBody } from './body';
import { asAwsError, MAX_BODY_BYTES } from './errors';
import { replyJson } from './reply';

/** X-Ray's REST API has an action for each path. */
const ACTIONS = new Map([
  ['/TraceSummaries', 'GetTraceSummaries'],
  ['/Traces', 'BatchGetTraces'],
  ['/TraceSegments', 'PutTraceSegments'],
]);

/** The action of X-Ray at a path, or undefined if this is another path. */
export function xrayAction(path: string): string | undefined {
  return ACTIONS.get(path);
}

/** Answers one action of X-Ray, `POST /Traces` and the like; never rejects. */
export async function answerXRay(
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
    replyJson(response, 200, await xray.call(action, parse(body), {}), headers);
  } catch (error) {
    if (request.destroyed && !request.complete) return;
    const { status, code, message } = asAwsError(error, log);
    replyJson(response, status, { Message: message }, { ...headers, 'x-amzn-errortype': code });
  }
}

function parse(body: Buffer | undefined): JsonObject {
  try {
    const input: unknown = JSON.parse(body?.toString() || '{}');
    if (isObject(input)) return input;
  } catch {
    // Told below.
  }
  throw new AwsError('InvalidRequestException', 'The request is no JSON object.');
}
