import type { ConnectionInfo } from '../aws/api-gateway/connections-api';
import { createConnections } from '../aws/dynamodb/connections';
import { createLimitDependencies, getTables } from '../aws/lambda/dependencies';
import { defaultRouteHandler } from '../aws/lambda/websocket-handler';
import { chargeAction } from '../chat/limits/charge-action';
import { requireConnection } from '../chat/members/authorization';
import { ProblemError } from '../chat/protocol/problems';
import { parseFrame, requests } from '../chat/protocol/requests';

const { client, connectionsTable, chatTable, retentionDays } = getTables();
const deps = {
  ...createLimitDependencies(),
  connections: createConnections(client, connectionsTable, chatTable, retentionDays),
};

/** `$default`: handles unmatched routes. Returns help to plain connections, and an error to all others. */
export const handler = defaultRouteHandler(async ({ connectionId, body, connectionsApi }) => {
  const connection = requireConnection(await deps.connections.find(connectionId));
  await chargeAction(deps, connection, 'default');
  if (connection.protocol === 'roomcast.v1') {
    parseFrame(body); // throws a more specific error if the body is not a JSON object
    const actions = Object.keys(requests).join(', ');
    throw new ProblemError('invalid-frame', `Unknown action. Use one of: ${actions}.`);
  }
  const info = await connectionsApi.getConnection(connectionId);
  return info && explainUsage(connectionId, info);
});

/** Returns the help text of the AWS tutorials with the details of this connection, in the order that the tutorials use. */
function explainUsage(connectionID: string, info: ConnectionInfo): string {
  const details = {
    ConnectedAt: info.connectedAt,
    Identity: { SourceIp: info.sourceIp, UserAgent: info.userAgent },
    LastActiveAt: info.lastActiveAt,
    connectionID,
  };
  return `Use the sendmessage route to send a message. Your info: ${JSON.stringify(details)}`;
}
