import type { APIGatewayProxyResultV2, APIGatewayProxyWebsocketEventV2 } from 'aws-lambda';
import { connect } from './chat/connect';
import { asProblem } from './chat/problems';
import { storesAndNotices } from './handlers/dependencies';
import { commaSeparated, listVariable } from './handlers/environment';
import { header } from './handlers/headers';
import { instrumented, logger, MetricUnit, metrics } from './handlers/observability';
import { recordProblem } from './handlers/websocket';

const deps = { ...storesAndNotices(), allowedOrigins: listVariable('ALLOWED_ORIGINS') };

/** `$connect` events carry the handshake's headers and query, which the types of later events leave out. */
type ConnectEvent = APIGatewayProxyWebsocketEventV2 & {
  headers?: Record<string, string>;
  queryStringParameters?: Record<string, string>;
};

/** `$connect`: the handshake completes if this answers 200, and is refused with the status it answers otherwise. */
export const handler = instrumented(async (event: ConnectEvent): Promise<APIGatewayProxyResultV2> => {
  const { connectionId, routeKey } = event.requestContext;
  logger.appendKeys({ connectionId, routeKey });
  try {
    const { subprotocol, protocol } = await connect(deps, {
      connectionId,
      origin: header(event.headers, 'Origin'),
      subprotocols: commaSeparated(header(event.headers, 'Sec-WebSocket-Protocol') ?? ''),
      query: event.queryStringParameters ?? {},
    });
    logger.info('Connected', { protocol });
    metrics.addMetric('ConnectionsOpened', MetricUnit.Count, 1);
    return {
      statusCode: 200,
      ...(subprotocol ? { headers: { 'Sec-WebSocket-Protocol': subprotocol } } : {}),
    };
  } catch (error) {
    const problem = asProblem(error);
    recordProblem(problem, routeKey);
    return { statusCode: problem.status, body: problem.detail };
  }
});
