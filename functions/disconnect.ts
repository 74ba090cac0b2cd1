import type { APIGatewayProxyResultV2, APIGatewayProxyWebsocketEventV2, EventBridgeEvent } from 'aws-lambda';
import { documentClient } from './aws/clients';
import { connectionsIn } from './aws/connections';
import { variable } from './aws/environment';
import { instrumented, logger, MetricUnit, metrics } from './aws/observability';
import type { ConnectionGone } from './chat/events';

const connections = connectionsIn(documentClient(), variable('CONNECTIONS_TABLE'), variable('CHAT_TABLE'));

type GoneEvent = EventBridgeEvent<ConnectionGone['type'], ConnectionGone['detail']>;

/**
 * `$disconnect`, which API Gateway promises to try, and `ConnectionGone`, which the fan-out puts when a post finds
 * a connection gone. Both mean the same clean-up, and either may come first, twice or alone.
 */
export const handler = instrumented(
  async (event: APIGatewayProxyWebsocketEventV2 | GoneEvent): Promise<APIGatewayProxyResultV2> => {
    const { connectionId, at, reason } = 'detail-type' in event ? fromGone(event) : fromDisconnect(event);
    logger.appendKeys({ connectionId });
    const rooms = await connections.close(connectionId, at);
    logger.info('Disconnected', { reason, rooms: rooms.length });
    metrics.addDimension('reason', reason);
    metrics.addMetric('ConnectionsClosed', MetricUnit.Count, 1);
    return { statusCode: 200 };
  },
);

function fromDisconnect({ requestContext }: APIGatewayProxyWebsocketEventV2) {
  return {
    connectionId: requestContext.connectionId,
    at: requestContext.requestTimeEpoch,
    reason: 'disconnect' as const,
  };
}

function fromGone({ detail, time }: GoneEvent) {
  return { connectionId: detail.connectionId, at: Date.parse(time), reason: 'gone' as const };
}
