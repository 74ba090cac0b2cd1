import type { APIGatewayProxyResultV2, APIGatewayProxyWebsocketEventV2, EventBridgeEvent } from 'aws-lambda';
import { disconnect } from './chat/disconnect';
import type { ConnectionGone } from './chat/events';
import { storesAndNotices } from './handlers/dependencies';
import { instrumented, logger, MetricUnit, metrics } from './handlers/observability';

const deps = storesAndNotices();

type GoneEvent = EventBridgeEvent<ConnectionGone['type'], ConnectionGone['detail']>;

/**
 * `$disconnect`, which API Gateway promises to try, and `ConnectionGone`, which the fan-out puts when a post finds
 * a connection gone. Both mean the same clean-up, and either may come first, twice or alone.
 */
export const handler = instrumented(
  async (event: APIGatewayProxyWebsocketEventV2 | GoneEvent): Promise<APIGatewayProxyResultV2> => {
    const { connectionId, at, vacated } = 'detail-type' in event ? fromGone(event) : fromDisconnect(event);
    const reason = vacated ? 'gone' : 'disconnect';
    logger.appendKeys({ connectionId });
    const rooms = await disconnect(deps, connectionId, at, vacated);
    logger.info('Disconnected', { reason, rooms });
    metrics.addDimension('reason', reason);
    metrics.addMetric('ConnectionsClosed', MetricUnit.Count, 1);
    return { statusCode: 200 };
  },
);

function fromDisconnect({ requestContext }: APIGatewayProxyWebsocketEventV2) {
  return {
    connectionId: requestContext.connectionId,
    at: requestContext.requestTimeEpoch,
    vacated: undefined,
  };
}

function fromGone({ detail: { connectionId, ...vacated }, time }: GoneEvent) {
  return { connectionId, at: Date.parse(time), vacated };
}
