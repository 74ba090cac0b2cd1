import type { APIGatewayProxyResultV2, APIGatewayProxyWebsocketEventV2 } from 'aws-lambda';
import type { Sockets } from '../aws/api-gateway/connections-api';
import { asProblem, type ProblemError } from '../chat/problems';
import { replyFrame, requestIdOf } from '../chat/protocol/frames';
import type { Reply, replies } from '../chat/protocol/replies';
import { annotate, described, instrumented, logger, MetricUnit, metrics, tracer } from './observability';

/** A frame as it came in, and whose it is. */
export interface FrameRequest {
  connectionId: string;
  body: string | undefined;
}

type AnyReply = Reply<keyof typeof replies>;

/**
 * The handler of a route: runs `work` and posts what it returns to the sender: a reply of the protocol, or a plain
 * text as it is. Here, once, an error becomes the protocol's: a refusal is told and counted, a failure of ours is told
 * as `unavailable`, counted and logged with its cause.
 */
export function route(
  sockets: Sockets,
  work: (request: FrameRequest) => Promise<AnyReply | string | undefined>,
) {
  return instrumented(
    async (event: APIGatewayProxyWebsocketEventV2, context): Promise<APIGatewayProxyResultV2> => {
      const { body } = event;
      const { connectionId, routeKey } = event.requestContext;
      logger.appendKeys({ connectionId, routeKey });
      logger.debug('Asked', { bytes: Buffer.byteLength(body ?? '') });
      const timeLeft = context.getRemainingTimeInMillis() - ANSWER_MS;
      const reply = await within(timeLeft, work({ connectionId, body })).catch((error): AnyReply => {
        const problem = asProblem(error);
        recordProblem(problem, routeKey);
        return { type: 'error', problem: problem.toProblem() };
      });
      // Of a reply, not of a request: by then it is a room, and one the sender is or was in.
      if (typeof reply === 'object' && 'room' in reply) annotate({ room: reply.room });
      const frame = typeof reply === 'object' ? replyFrame(reply, requestIdOf(body)) : reply;
      logger.debug('Answered', {
        reply: typeof reply === 'object' ? reply.type : typeof reply,
        bytes: Buffer.byteLength(frame ?? ''),
      });
      if (frame !== undefined) await answer(sockets, connectionId, frame);
      return { statusCode: 200 };
    },
  );
}

/** Of the function's time, what is kept for telling the client that the rest ran out. */
const ANSWER_MS = 3500;

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('the function ran out of time')), ms);
  });
  return Promise.race([work, timeout]).finally(() => clearTimeout(timer));
}

/** A refusal is the client's and a warning at most; what is not a refusal is ours, and an error with its cause. */
export function recordProblem(problem: ProblemError, routeKey: string): void {
  const { type, detail, cause } = problem;
  if (cause === undefined) logger.warn('Refused', { problem: type, detail });
  else {
    logger.error('Failed', { problem: type, ...described(cause) });
    metrics.addMetric('Failures', MetricUnit.Count, 1);
    tracer.addErrorAsMetadata(cause as Error);
  }
  const refused = metrics.singleMetric();
  refused.addDimensions({ route: routeKey, problem: type });
  refused.addMetric('Refused', MetricUnit.Count, 1);
}

/** A client that left before its answer needs none; one that cannot be answered has its message all the same. */
async function answer(sockets: Sockets, connectionId: string, frame: string): Promise<void> {
  try {
    const posted = await sockets.post(connectionId, frame);
    if (posted !== 'delivered') logger.info('The reply was not delivered', { posted });
  } catch (error) {
    logger.error('The reply could not be posted', described(error));
  }
}
