import { createConnections } from './aws/dynamodb/connections';
import { refreshToken } from './chat/refresh-token';
import { createLimitDependencies, getTables } from './handlers/dependencies';
import { createVerifier } from './handlers/tokens';
import { websocketHandler } from './handlers/websocket';

const { client, connectionsTable, chatTable, retentionDays } = getTables();
const deps = {
  ...createLimitDependencies(),
  connections: createConnections(client, connectionsTable, chatTable, retentionDays),
  tokens: createVerifier(),
};

/** `refreshToken`: replaces the sender's token, so that the connection outlives the previous one. */
export const handler = websocketHandler(({ connectionId, frame }) => refreshToken(deps, connectionId, frame));
