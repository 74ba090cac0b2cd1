import type { APIGatewayProxyResultV2, APIGatewayProxyWebsocketEventV2 } from 'aws-lambda';
import { toProblemError } from '../../chat/protocol/problems';
import type { Reply, replies } from '../../chat/protocol/replies';
import type { Frame } from '../../chat/protocol/requests';
import { parseFrame, readRequestId } from '../../chat/protocol/requests';
import { serializeReply } from '../../chat/protocol/serialize';
import type { ConnectionsApi } from '../api-gateway/connections-api';
import { createSlowConnections } from '../api-gateway/slow-connections';
import { getConnectionsApi } from './dependencies';
import { annotate, errorFields, instrument, logger, recordProblem } from './observability';
import { createRejectionCounter } from './rejection-counter';

/** A parsed frame and the connection that sent it. */
export interface FrameRequest {
  connectionId: string;
  /** The route that API Gateway selected by the frame's `action`. */
  routeKey: string;
  frame: Frame;
}

/** A frame that is not necessarily JSON, and the connection that sent it. */
export interface RawRequest {
  connectionId: string;
  routeKey: string;
  body: string | undefined;
  connectionsApi: ConnectionsApi;
}

/** Shared by all invocations of the execution environment. */
const slow = createSlowConnections(() => Date.now());
const rejections = createRejectionCounter();

/** A protocol reply, plain text, or undefined to send nothing. */
type RouteResult = Reply<keyof typeof replies> | string | undefined;

/** Part of the function's timeout that is reserved for sending the reply. */
const REPLY_RESERVE_MS = 3500;

/**
 * Wraps the handler of a WebSocket route. Parses the frame, runs `operation` and posts its reply to the sender. If `operation`
 * throws a ProblemError, replies with the problem. For any other error or a timeout, replies with `unavailable`.
 */
export function websocketHandler(operation: (request: FrameRequest) => Promise<RouteResult>) {
  return createRouteHandler(async ({ connectionId, routeKey, body }, parsed) =>
    operation({ connectionId, routeKey, frame: parsed ?? parseFrame(body) }),
  );
}

/** Wraps the handler of `$default`, which also receives frames that are not JSON. */
export function defaultRouteHandler(operation: (request: RawRequest) => Promise<RouteResult>) {
  return createRouteHandler(operation);
}

/** @param operation receives the request, and its frame if the body is a JSON object. */
function createRouteHandler(
  operation: (request: RawRequest, frame: Frame | undefined) => Promise<RouteResult>,
) {
  const connectionsApi = getConnectionsApi();
  return instrument(
    async (event: APIGatewayProxyWebsocketEventV2, context): Promise<APIGatewayProxyResultV2> => {
      const { body } = event;
      const { connectionId, routeKey } = event.requestContext;
      logger.appendKeys({ connectionId, routeKey });
      logger.debug('Received a frame', { bytes: Buffer.byteLength(body ?? '') });
      const frame = tryParseFrame(body);
      const timeLeft = context.getRemainingTimeInMillis() - REPLY_RESERVE_MS;
      const running = operation({ connectionId, routeKey, body, connectionsApi }, frame);
      let [isOverLimit, isClosed] = [false, false];
      const result = await withTimeout(timeLeft, running).catch((error): RouteResult => {
        const problem = toProblemError(error);
        isOverLimit = problem.type === 'rate-limited';
        isClosed = problem.closesConnection;
        recordProblem(problem, routeKey);
        if (problem.plainReply !== undefined) return problem.plainReply || undefined;
        return { type: 'error', problem: problem.toProblem() };
      });
      const isReply = typeof result === 'object';
      // Annotate the room of the reply. The room of a request may not exist, or the sender may not be a member.
      if (isReply && 'room' in result) annotate({ room: result.room });
      const text = isReply ? serializeReply(result, readRequestId(frame)) : result;
      logger.debug('Sending a reply', {
        reply: isReply ? result.type : typeof result,
        bytes: Buffer.byteLength(text ?? ''),
      });
      if (text !== undefined) await postReply(connectionsApi, connectionId, text);
      const isFlooding = rejections.record(connectionId, isOverLimit);
      if (isClosed || isFlooding || (isReply && isUnauthenticated(result)))
        await closeConnection(connectionsApi, connectionId);
      return { statusCode: 200 };
    },
  );
}

function tryParseFrame(body: string | undefined): Frame | undefined {
  try {
    return parseFrame(body);
  } catch {
    return undefined;
  }
}

async function withTimeout<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('The operation timed out.')), ms);
  });
  return Promise.race([work, timeout]).finally(() => clearTimeout(timer));
}

/** Returns whether the reply is an `unauthenticated` error. No later frame of the connection can succeed. */
function isUnauthenticated(reply: Exclude<RouteResult, string | undefined>): boolean {
  return reply.type === 'error' && reply.problem.type === 'urn:roomcast:unauthenticated';
}

/** Closes a connection. Logs a failure instead of throwing, because the next frame tries again. */
async function closeConnection(connectionsApi: ConnectionsApi, connectionId: string): Promise<void> {
  try {
    await connectionsApi.close(connectionId);
  } catch (error) {
    logger.error('Could not close the connection', errorFields(error));
  }
}

/**
 * Posts a reply. Logs a failed post instead of throwing, because the request has been processed. Closes a connection that has
 * not accepted replies for at least ten seconds. If the account exceeds its request rate, API Gateway rejects closing the
 * connection too.
 */
async function postReply(connectionsApi: ConnectionsApi, connectionId: string, text: string): Promise<void> {
  try {
    const posted = await connectionsApi.post(connectionId, text);
    if (posted !== 'delivered') logger.info('Reply not delivered', { posted });
    if (posted !== 'throttled') slow.forget(connectionId);
    else if (slow.recordFailure(connectionId)) await closeConnection(connectionsApi, connectionId);
  } catch (error) {
    logger.error('Could not post the reply', errorFields(error));
  }
}
