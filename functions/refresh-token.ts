import { createConnections } from '../aws/dynamodb/connections';
import { createLimitDependencies, getTables } from '../aws/lambda/dependencies';
import { createVerifier } from '../aws/lambda/token-dependencies';
import { websocketHandler } from '../aws/lambda/websocket-handler';
import { refreshToken } from '../chat/identity/extend-connection';

const { client, connectionsTable, chatTable, retentionDays } = getTables();
const deps = {
  ...createLimitDependencies(),
  connections: createConnections(client, connectionsTable, chatTable, retentionDays),
  tokens: createVerifier(),
};

/** `refreshToken`: replaces the sender's token, so that the connection stays open when the previous token expires. */
export const handler = websocketHandler(({ connectionId, frame }) => refreshToken(deps, connectionId, frame));
