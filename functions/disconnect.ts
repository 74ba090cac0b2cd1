import type { APIGatewayProxyResultV2, APIGatewayProxyWebsocketEventV2, EventBridgeEvent } from 'aws-lambda';
import { createMembershipDependencies } from '../aws/lambda/membership-dependencies';
import { instrument, logger, MetricUnit, metrics } from '../aws/lambda/observability';
import { disconnect } from '../chat/identity/close-connection';
import type { ChatEvent } from '../chat/protocol/events';

const deps = createMembershipDependencies();

type GoneEvent = EventBridgeEvent<'ConnectionGone', ChatEvent<'ConnectionGone'>['detail']>;

/**
 * Cleans up after a connection. Invoked by `$disconnect`, which API Gateway sends on a best-effort basis, and by
 * `ConnectionGone`, which the fan-out workflow publishes for stale connections. The clean-up is idempotent, because the events
 * can arrive in any order, and each event can be repeated or missing.
 */
export const handler = instrument(
  async (event: APIGatewayProxyWebsocketEventV2 | GoneEvent): Promise<APIGatewayProxyResultV2> => {
    const request = 'detail-type' in event ? fromGoneEvent(event) : fromDisconnectEvent(event);
    const { connectionId, at, deletedRow } = request;
    const reason = deletedRow ? 'gone' : 'disconnect';
    logger.appendKeys({ connectionId });
    const rooms = await disconnect(deps, connectionId, at, deletedRow);
    logger.info('Disconnected', { reason, rooms });
    metrics.addDimension('reason', reason);
    metrics.addMetric('ConnectionsClosed', MetricUnit.Count, 1);
    return { statusCode: 200 };
  },
);

function fromDisconnectEvent({ requestContext }: APIGatewayProxyWebsocketEventV2) {
  return {
    connectionId: requestContext.connectionId,
    at: requestContext.requestTimeEpoch,
    deletedRow: undefined,
  };
}

function fromGoneEvent({ detail, time }: GoneEvent) {
  const { connectionId, room, userId, username } = detail;
  return { connectionId, at: Date.parse(time), deletedRow: { room, userId, username } };
}
