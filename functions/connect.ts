import type { APIGatewayProxyResultV2, APIGatewayProxyWebsocketEventV2 } from 'aws-lambda';
import { connect } from './chat/connect';
import { toProblemError } from './chat/problems';
import { createMembershipDependencies } from './handlers/dependencies';
import { requireList, splitList } from './handlers/environment';
import { findHeader } from './handlers/headers';
import { instrument, logger, MetricUnit, metrics } from './handlers/observability';
import { recordProblem } from './handlers/problems';

const deps = { ...createMembershipDependencies(), allowedOrigins: requireList('ALLOWED_ORIGINS') };

/** A `$connect` event, which also has the handshake's headers and query parameters. */
type ConnectEvent = APIGatewayProxyWebsocketEventV2 & {
  headers?: Record<string, string>;
  queryStringParameters?: Record<string, string>;
};

/** `$connect`: authorizes and records a new connection. Any status other than 200 rejects the handshake. */
export const handler = instrument(async (event: ConnectEvent): Promise<APIGatewayProxyResultV2> => {
  const { connectionId, routeKey } = event.requestContext;
  logger.appendKeys({ connectionId, routeKey });
  try {
    const { subprotocol, protocol } = await connect(deps, {
      connectionId,
      origin: findHeader(event.headers, 'Origin'),
      subprotocols: splitList(findHeader(event.headers, 'Sec-WebSocket-Protocol') ?? ''),
      query: event.queryStringParameters ?? {},
    });
    logger.info('Connected', { protocol });
    metrics.addMetric('ConnectionsOpened', MetricUnit.Count, 1);
    return {
      statusCode: 200,
      ...(subprotocol ? { headers: { 'Sec-WebSocket-Protocol': subprotocol } } : {}),
    };
  } catch (error) {
    const problem = toProblemError(error);
    recordProblem(problem, routeKey);
    return { statusCode: problem.status, body: problem.detail };
  }
});
