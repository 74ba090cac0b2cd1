import { isUtf8 } from 'node:buffer';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AccountRates } from '../api-gateway/account-rates';
import { AwsError } from '../core/service';
import type { Faults } from '../faults/faults';
import { readBody } from '../http/body';
import { decodePath } from '../http/decode';
import type { ConnectionRequest } from '../iam/access-control';
import { parseTraceHeader } from '../traces/header';
import type { Connection } from './connection';
import { createId, isConnectionId } from './ids';
import type { Limits } from './limits';
import type { Stage, Stages } from './routes';

/** Returns why the signer of a request may not use a connection, or undefined if the signer may use it. */
export type Authorize = (authorization: string, request: ConnectionRequest) => string | undefined;

/** Returns why a role may not use a connection, or undefined if the role may use it. */
export type AuthorizeRole = (principal: string | undefined, request: ConnectionRequest) => string | undefined;

export interface ConnectionsApiOptions {
  readonly stages: Stages;
  readonly connections: ReadonlyMap<string, Connection>;
  readonly faults: Faults;
  readonly limits: Limits;
  readonly rates: AccountRates;
  readonly authorize?: Authorize;
  readonly authorizeRole?: AuthorizeRole;
  /** Returns the trace ID of the invocation that signed a request, or undefined if the invocation is unknown. */
  readonly findTrace?: (authorization: string) => string | undefined;
  readonly log?: (line: object) => void;
}

const ACTIONS = new Map([
  ['POST', 'PostToConnection'],
  ['GET', 'GetConnection'],
  ['DELETE', 'DeleteConnection'],
]);

/**
 * Handles a request to the API Gateway Management API: `/STAGE/@connections/CONNECTION_ID` or
 * `/_apis/API_ID/STAGE/@connections/CONNECTION_ID`. If `apiId` is set, searches only the stages of this API. Never rejects.
 *
 * Actions, errors and statuses follow the API model: GoneException (410), ForbiddenException (403), LimitExceededException
 * (429), PayloadTooLargeException (413). The errors for unsigned requests and malformed IDs are not in the API model, because
 * API Gateway rejects these requests earlier.
 */
export async function handleConnectionsRequest(
  options: ConnectionsApiOptions,
  request: IncomingMessage,
  response: ServerResponse,
  apiId?: string,
): Promise<void> {
  let connectionId: string | undefined;
  try {
    rejectEmptySegment(options, request.url ?? '');
    const { path, id } = parsePath(request.url ?? '');
    connectionId = id;
    const action = ACTIONS.get(request.method ?? '');
    // API Gateway returns the same error for unknown methods and unsigned requests.
    if (action === undefined || request.headers.authorization === undefined) {
      throw new AwsError('MissingAuthenticationTokenException', 'Missing Authentication Token', 403);
    }
    if (!options.rates.takeRequest()) {
      throw new AwsError('LimitExceededException', 'Rate exceeded.', 429);
    }
    const stage = options.stages.find(path, apiId);
    if (!stage) throw new AwsError('ForbiddenException', 'Forbidden', 403);
    if (!isConnectionId(id)) throw new AwsError('BadRequestException', `Invalid connectionId: ${id}`, 400);
    checkPermission(options, request, stage);
    const body = action === 'PostToConnection' ? await readPost(options, request) : undefined;
    const traceId = body === undefined ? undefined : findTrace(options, request);
    const result = await options.faults.intercept('execute-api', action, { ConnectionId: id }, async () =>
      perform(options, stage, id, body, request.method === 'DELETE', traceId),
    );
    send(response, result.status, result.body);
  } catch (error) {
    if (request.destroyed && !request.complete) return;
    sendError(response, toAwsError(error, options.log), connectionId);
  } finally {
    // Drain the body after an early response, because the socket is kept alive.
    request.resume();
  }
}

/**
 * Performs an integration's call to `/STAGE/@connections/CONNECTION_ID`, with the permissions of a role.
 *
 * @throws AwsError if the API returns an error
 */
export async function callConnections(
  options: ConnectionsApiOptions,
  { apiId, method, path, body }: { apiId: string; method: string; path: string; body: string },
  principal: string | undefined,
): Promise<{ status: number; body?: string }> {
  const { path: stagePath, id } = parsePath(path);
  const action = ACTIONS.get(method);
  const stage = options.stages.find(stagePath, apiId);
  if (!stage || action === undefined) throw new AwsError('ForbiddenException', 'Forbidden', 403);
  const target = { apiId: stage.api.apiId, stage: stage.api.stage, method };
  const denial = options.authorizeRole?.(principal, target);
  if (denial !== undefined) throw new AwsError('AccessDeniedException', denial, 403);
  const post = action === 'PostToConnection' ? body : undefined;
  return options.faults.intercept('execute-api', action, { ConnectionId: id }, async () =>
    perform(options, stage, id, post, method === 'DELETE'),
  );
}

/**
 * Returns the trace ID of the invocation that sent a request. SDKs send it in a header. For other clients, the signature
 * identifies the function.
 */
function findTrace(options: ConnectionsApiOptions, { headers }: IncomingMessage): string | undefined {
  const header = headers['x-amzn-trace-id']?.toString();
  return parseTraceHeader(header)?.root ?? options.findTrace?.(headers.authorization ?? '');
}

function checkPermission(
  { authorize }: ConnectionsApiOptions,
  { headers, method = '' }: IncomingMessage,
  { api: { apiId, stage } }: Stage,
): void {
  const denial = authorize?.(headers.authorization ?? '', { apiId, stage, method });
  if (denial !== undefined) throw new AwsError('AccessDeniedException', denial, 403);
}

interface Result {
  readonly status: number;
  readonly body?: string;
}

function perform(
  { connections, limits }: ConnectionsApiOptions,
  { api }: Stage,
  id: string,
  body: string | Buffer | undefined,
  isDelete: boolean,
  traceId?: string,
): Result {
  const connection = connections.get(id);
  if (!connection?.isOpen || connection.facts.api !== api) {
    throw new AwsError('GoneException', 'The connection with the provided id no longer exists.', 410);
  }
  if (isDelete) {
    connection.close(1000, 'Connection Closed Normally', 'The application deleted the connection.');
    return { status: 204 };
  }
  if (body === undefined) return { status: 200, body: JSON.stringify(describeConnection(connection)) };
  if (connection.socket.bufferedAmount > limits.clientBufferBytes) {
    throw new AwsError('LimitExceededException', "The client's buffer is full.", 429);
  }
  connection.send(body, { traceId });
  return { status: 200 };
}

async function readPost(
  { limits }: ConnectionsApiOptions,
  request: IncomingMessage,
): Promise<string | Buffer> {
  const body = await readBody(request, limits.messageBytes);
  if (body === undefined) {
    throw new AwsError('PayloadTooLargeException', `Message larger than ${limits.messageBytes} bytes`, 413);
  }
  // Messages are sent as text frames. Invalid UTF-8 would make the client close the connection.
  return isUtf8(body) ? body : body.toString();
}

/** Returns the response of GetConnection. Times are in ISO 8601 format. */
function describeConnection({ facts, lastActiveAt }: Connection) {
  return {
    connectedAt: new Date(facts.connectedAt).toISOString(),
    identity: { sourceIp: facts.sourceIp, userAgent: facts.userAgent ?? null },
    lastActiveAt: new Date(lastActiveAt).toISOString(),
  };
}

/**
 * Rejects `/STAGE//@connections/ID`. Version 3 of the SDK sends this path if its endpoint ends with a slash. Older versions
 * removed the slash. AWS does not document how API Gateway responds.
 */
function rejectEmptySegment({ log }: ConnectionsApiOptions, url: string): void {
  if (!/\/\/(?:@|%40)connections/i.test(url)) return;
  const reason =
    'The path contains //@connections, because the endpoint of the client ends with a slash. Remove it.';
  log?.({ failed: '@connections', reason });
  throw new AwsError('ForbiddenException', 'Forbidden', 403);
}

/** Splits a path into the stage path and the connection ID. */
function parsePath(url: string): { path: string; id: string } {
  const segments = url.replace(/\?.*$/, '').split('/').map(decodePath);
  const [collection, id = '', ...rest] = segments.slice(segments[1] === '_apis' ? 4 : 2);
  if (collection !== '@connections' || rest.length > 0) {
    throw new AwsError('MissingAuthenticationTokenException', 'Missing Authentication Token', 403);
  }
  return { path: segments.slice(0, segments[1] === '_apis' ? 4 : 2).join('/'), id };
}

/** Logs an internal error of the runtime and converts it to a service error. */
function toAwsError(error: unknown, log: ConnectionsApiOptions['log']): AwsError {
  if (error instanceof AwsError) return error;
  log?.({ failed: '@connections', reason: String(error) });
  return new AwsError('InternalServerErrorException', 'Internal server error', 500);
}

function sendError(response: ServerResponse, error: AwsError, connectionId: string | undefined): void {
  const requestId = createId();
  const body = errorBody(error, connectionId, requestId);
  send(response, error.status, body, { 'x-amzn-errortype': error.code }, requestId);
}

/** Returns the body of an error response. `test/recorded/connections-api.json` lists the sources. */
function errorBody(error: AwsError, connectionId: string | undefined, requestId: string): string {
  const { code, message, fields } = error;
  switch (code) {
    case 'GoneException':
      return '';
    case 'AccessDeniedException':
      return JSON.stringify({ Message: message });
    // API Gateway rejects these requests before it searches for the connection.
    case 'ForbiddenException':
    case 'MissingAuthenticationTokenException':
      return JSON.stringify({ message });
    default:
      return JSON.stringify({ message, connectionId, requestId, ...fields });
  }
}

function send(
  response: ServerResponse,
  status: number,
  body = '',
  headers: Record<string, string> = {},
  requestId = createId(),
): void {
  if (status !== 204) headers['content-length'] = String(Buffer.byteLength(body));
  if (body !== '') headers['content-type'] = 'application/json';
  headers['x-amzn-requestid'] = requestId;
  response.writeHead(status, headers);
  response.end(body);
}
