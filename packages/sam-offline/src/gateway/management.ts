import { isUtf8 } from 'node:buffer';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Faults } from '../core/faults';
import { AwsError } from '../core/service';
import { readBody } from '../http/body';
import type { Connection } from './connection';
import { isConnectionId, newId } from './ids';
import type { Limits } from './limits';
import type { Stage } from './routes';

export interface Management {
  readonly stages: ReadonlyMap<string, Stage>;
  readonly connections: ReadonlyMap<string, Connection>;
  readonly faults: Faults;
  readonly limits: Limits;
  readonly log?: (line: object) => void;
}

const ACTIONS = new Map([
  ['POST', 'PostToConnection'],
  ['GET', 'GetConnection'],
  ['DELETE', 'DeleteConnection'],
]);

/**
 * Answers one request of the API Gateway Management API, `/STAGE/@connections/CONNECTION_ID`. Never rejects.
 *
 * Actions, errors and their statuses are those of the API's model (GoneException 410, ForbiddenException 403,
 * LimitExceededException 429, PayloadTooLargeException 413); what API Gateway itself refuses before it gets
 * there has its form too (a request that is not signed, a malformed connection id).
 */
export async function answerConnections(
  management: Management,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  let connectionId: string | undefined;
  try {
    const { stage, id } = parsePath(request.url ?? '');
    connectionId = id;
    const action = ACTIONS.get(request.method ?? '');
    // API Gateway's answer to a method and path it does not know is the one to a request without a signature.
    if (action === undefined || request.headers.authorization === undefined) {
      throw new AwsError('MissingAuthenticationTokenException', 'Missing Authentication Token', 403);
    }
    if (!management.stages.has(stage)) throw new AwsError('ForbiddenException', 'Forbidden', 403);
    if (!isConnectionId(id)) throw new AwsError('BadRequestException', `Invalid connectionId: ${id}`, 400);
    const body = action === 'PostToConnection' ? await readPost(management, request) : undefined;
    const answer = await management.faults.around('execute-api', action, { ConnectionId: id }, async () =>
      perform(management, stage, id, body, request.method === 'DELETE'),
    );
    send(response, answer.status, answer.body);
  } catch (error) {
    if (request.destroyed && !request.complete) return;
    refuse(response, asAwsError(error, management.log), connectionId);
  } finally {
    // Nothing after an early answer may be left unread on a connection that is kept alive.
    request.resume();
  }
}

interface Answer {
  readonly status: number;
  readonly body?: string;
}

function perform(
  { connections, limits }: Management,
  stage: string,
  id: string,
  body: string | Buffer | undefined,
  isDelete: boolean,
): Answer {
  const connection = connections.get(id);
  if (!connection?.isOpen || connection.facts.api.stage !== stage) {
    throw new AwsError('GoneException', 'The connection with the provided id no longer exists.', 410);
  }
  if (isDelete) {
    connection.close(1000, 'Connection Closed Normally');
    return { status: 204 };
  }
  if (body === undefined) return { status: 200, body: JSON.stringify(describe(connection)) };
  if (connection.socket.bufferedAmount > limits.clientBufferBytes) {
    throw new AwsError('LimitExceededException', "The client's buffer is full.", 429);
  }
  connection.send(body);
  return { status: 200 };
}

async function readPost({ limits }: Management, request: IncomingMessage): Promise<string | Buffer> {
  const body = await readBody(request, limits.messageBytes);
  if (body === undefined) {
    throw new AwsError('PayloadTooLargeException', `Message larger than ${limits.messageBytes} bytes`, 413);
  }
  // Every post is a text frame; bytes that are no text would make the client fail the connection.
  return isUtf8(body) ? body : body.toString();
}

/** GetConnection's answer: ISO 8601 times, as the model has them. */
function describe({ facts, lastActiveAt }: Connection) {
  return {
    connectedAt: new Date(facts.connectedAt).toISOString(),
    identity: { sourceIp: facts.sourceIp, userAgent: facts.userAgent ?? null },
    lastActiveAt: new Date(lastActiveAt).toISOString(),
  };
}

function parsePath(url: string): { stage: string; id: string } {
  const [, stage = '', collection = '', id = '', ...rest] = url.replace(/\?.*$/, '').split('/').map(decode);
  if (collection !== '@connections' || rest.length > 0) {
    throw new AwsError('MissingAuthenticationTokenException', 'Missing Authentication Token', 403);
  }
  return { stage, id };
}

/** An error of the runtime itself is logged and told as the service's fault. */
function asAwsError(error: unknown, log: Management['log']): AwsError {
  if (error instanceof AwsError) return error;
  log?.({ failed: '@connections', reason: String(error) });
  return new AwsError('InternalServerErrorException', 'Internal server error', 500);
}

function decode(segment: string): string {
  try {
    return segment.includes('%') ? decodeURIComponent(segment) : segment;
  } catch {
    return segment;
  }
}

function refuse(response: ServerResponse, error: AwsError, connectionId: string | undefined): void {
  const requestId = newId();
  const body = JSON.stringify({ message: error.message, connectionId, requestId, ...error.fields });
  send(response, error.status, body, { 'x-amzn-errortype': error.code }, requestId);
}

function send(
  response: ServerResponse,
  status: number,
  body = '',
  headers: Record<string, string> = {},
  requestId = newId(),
): void {
  if (status !== 204) headers['content-length'] = String(Buffer.byteLength(body));
  if (body !== '') headers['content-type'] = 'application/json';
  headers['x-amzn-requestid'] = requestId;
  response.writeHead(status, headers);
  response.end(body);
}
