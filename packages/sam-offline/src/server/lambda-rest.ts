import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { AwsError, type JsonObject, type Service, UnsupportedError } from '../core/service';
import { readBody } from '../http/body';
import { decodePath } from '../http/decode';
import { reply, replyEmpty, replyJson } from '../http/reply';
import { createCallContext, type FindSigner } from './call-context';
import { MAX_BODY_BYTES, toAwsError } from './errors';

const INVOCATIONS = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/;

/**
 * The headers of unsupported Invoke options. They are rejected, because ignoring them would change the behavior of the call.
 */
const UNSUPPORTED_HEADERS = ['x-amz-client-context', 'x-amz-durable-execution-name', 'x-amz-tenant-id'];

/** Returns the function name or ARN in the path of an Invoke request, or undefined for other paths. */
export function findInvokedFunction(path: string): string | undefined {
  const name = INVOCATIONS.exec(path)?.[1];
  return name === undefined ? undefined : decodePath(name);
}

/**
 * Handles the Invoke action of the Lambda REST API: `POST /2015-03-31/functions/NAME/invocations`. Never rejects.
 *
 * The service receives `{ FunctionName, InvocationType, Payload }` and returns `{ StatusCode, Payload, FunctionError? }`, with
 * parsed payloads. `X-Amz-Log-Type` has no effect.
 */
export async function handleInvoke(
  lambda: Service,
  functionName: string,
  request: IncomingMessage,
  response: ServerResponse,
  log?: (line: object) => void,
  findSigner?: FindSigner,
): Promise<void> {
  try {
    const body = await readBody(request, MAX_BODY_BYTES);
    const input = parseInput(functionName, request, body);
    const output = await lambda.call('Invoke', input, createCallContext(request, findSigner));
    replyOutput(response, output);
  } catch (error) {
    if (request.destroyed && !request.complete) return;
    replyLambdaError(response, error, log);
  }
}

/** Sends an error of the Lambda API. */
export function replyLambdaError(
  response: ServerResponse,
  error: unknown,
  log?: (line: object) => void,
): void {
  const { status, code, message, fields } = toAwsError(error, log);
  const headers = { 'x-amzn-errortype': code, 'x-amzn-requestid': randomUUID() };
  replyJson(response, status, { ...errorBody(status, code, message), ...fields }, headers);
}

/** The errors whose message member is lower-case in Lambda's API model. */
const LOWER_CASE_MESSAGE = new Set([
  'InvalidParameterValueException',
  'InvalidRequestContentException',
  'RequestTooLargeException',
  'TooManyRequestsException',
]);

function errorBody(status: number, code: string, message: string): JsonObject {
  // This error is not in the API model, because IAM rejects the request before Lambda receives it.
  if (code === 'AccessDeniedException') return { Message: message };
  const type = status < 500 ? 'User' : 'Service';
  return { Type: type, [LOWER_CASE_MESSAGE.has(code) ? 'message' : 'Message']: message };
}

function parseInput(functionName: string, request: IncomingMessage, body: Buffer | undefined): JsonObject {
  const { headers, url = '' } = request;
  if (headers.authorization === undefined) {
    throw new AwsError('MissingAuthenticationTokenException', 'Missing Authentication Token', 403);
  }
  if (body === undefined) {
    const message = `Request must be smaller than ${MAX_BODY_BYTES} bytes for the InvokeFunction operation`;
    throw new AwsError('RequestTooLargeException', message, 413);
  }
  const unsupported = UNSUPPORTED_HEADERS.find((name) => headers[name] !== undefined);
  if (unsupported) throw new UnsupportedError(`The Invoke header ${unsupported} is not supported.`);
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

/** Parses a payload. The default payload is `{}`. */
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
