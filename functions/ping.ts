import { createConnections } from './aws/dynamodb/connections';
import { createRoomLists } from './aws/dynamodb/room-lists';
import { ping } from './chat/ping';
import { createLimitDependencies, getTables } from './handlers/dependencies';
import { requireNumber, requireTyping } from './handlers/environment';
import { websocketHandler } from './handlers/websocket';

const tables = getTables();
const { client, connectionsTable, chatTable, retentionDays } = tables;
const deps = {
  ...createLimitDependencies(),
  connections: createConnections(client, connectionsTable, chatTable, retentionDays),
  log: createRoomLists(tables),
  maxTextBytes: requireNumber('MAX_TEXT_BYTES'),
  typing: requireTyping(),
};

/** `ping`: keeps the connection open and returns the head sequences of its rooms. */
export const handler = websocketHandler(({ connectionId, frame }) => ping(deps, connectionId, frame));
