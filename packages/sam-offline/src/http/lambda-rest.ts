import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { AwsError, type JsonObject, type Service, UnsupportedError } from '../core/service';
import { readBody } from './body';
import { asAwsError, MAX_BODY_BYTES } from './errors';
import { reply, replyEmpty, replyJson } from './reply';

const INVOCATIONS = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/;

/** Options of Invoke that change what happens and that this runtime does not have. */
const UNSUPPORTED_HEADERS = ['x-amz-client-context', 'x-amz-durable-execution-name', 'x-amz-tenant-id'];

/** The function's name or ARN in the path of Lambda's Invoke, or undefined if this is another path. */
export function invokedFunction(path: string): string | undefined {
  const name = INVOCATIONS.exec(path)?.[1];
  if (name === undefined) return undefined;
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

/**
 * Answers Lambda's Invoke, `POST /2015-03-31/functions/NAME/invocations`; never rejects. The service gets
 * `{ FunctionName, InvocationType, Payload }` and answers `{ StatusCode, Payload, FunctionError? }`, both with
 * the payload parsed. `X-Amz-Log-Type` is accepted; a tail of the log is sent only if the service has one.
 */
export async function answerInvoke(
  lambda: Service,
  functionName: string,
  request: IncomingMessage,
  response: ServerResponse,
  log?: (line: object) => void,
): Promise<void> {
  try {
    const body = await readBody(request, MAX_BODY_BYTES);
    const input = inputOf(functionName, request, body);
    const trace = request.headers['x-amzn-trace-id'];
    const output = await lambda.call(
      'Invoke',
      input,
      typeof trace === 'string' ? { traceHeader: trace } : {},
    );
    replyOutput(response, output);
  } catch (error) {
    if (request.destroyed && !request.complete) return;
    const { status, code, message, fields } = asAwsError(error, log);
    const type = status < 500 ? 'User' : 'Service';
    const headers = { 'x-amzn-errortype': code, 'x-amzn-requestid': randomUUID() };
    replyJson(response, status, { Type: type, Message: message, ...fields }, headers);
  }
}

function inputOf(functionName: string, request: IncomingMessage, body: Buffer | undefined): JsonObject {
  const { headers, url = '' } = request;
  if (headers.authorization === undefined) {
    throw new AwsError('MissingAuthenticationTokenException', 'Missing Authentication Token', 403);
  }
  if (body === undefined) {
    const message = `Request must be smaller than ${MAX_BODY_BYTES} bytes for the InvokeFunction operation`;
    throw new AwsError('RequestTooLargeException', message, 413);
  }
  const unsupported = UNSUPPORTED_HEADERS.find((name) => headers[name] !== undefined);
  if (unsupported) throw new UnsupportedError(`Invoke with ${unsupported} is not supported.`);
  const qualifier = new URLSearchParams(url.replace(/^[^?]*\??/, '')).get('Qualifier') ?? '$LATEST';
  if (qualifier !== '$LATEST') {
    throw new AwsError('ResourceNotFoundException', `Function not found: ${functionName}:${qualifier}`, 404);
  }
  return {
    FunctionName: functionName,
    InvocationType: headers['x-amz-invocation-type'] ?? 'RequestResponse',
    Payload: parsePayload(body),
  };
}

/** An invocation without a payload has the event `{}`. */
function parsePayload(body: Buffer): unknown {
  if (body.length === 0) return {};
  try {
    return JSON.parse(body.toString());
  } catch (error) {
    const message = `Could not parse request body into json: ${(error as Error).message}`;
    throw new AwsError('InvalidRequestContentException', message, 400);
  }
}

function replyOutput(response: ServerResponse, output: JsonObject): void {
  const { StatusCode, Payload, FunctionError, LogResult } = output;
  const status = Number(StatusCode ?? 200);
  const headers: Record<string, string> = { 'x-amzn-requestid': randomUUID() };
  if (typeof FunctionError === 'string') headers['X-Amz-Function-Error'] = FunctionError;
  if (typeof LogResult === 'string') headers['X-Amz-Log-Result'] = LogResult;
  if (status !== 200) {
    replyEmpty(response, status, headers);
    return;
  }
  headers['X-Amz-Executed-Version'] = '$LATEST';
  reply(response, status, 'application/json', JSON.stringify(Payload ?? null), headers);
}
