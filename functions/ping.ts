import { createConnections } from '../aws/dynamodb/connections';
import { createRoomLists } from '../aws/dynamodb/room-lists';
import { createLimitDependencies, getTables } from '../aws/lambda/dependencies';
import { requireNumber, requireSwitch, requireWebPushKey } from '../aws/lambda/environment';
import { websocketHandler } from '../aws/lambda/websocket-handler';
import { ping } from '../chat/messages/answer-ping';

const tables = getTables();
const { client, connectionsTable, chatTable, retentionDays } = tables;
const deps = {
  ...createLimitDependencies(),
  connections: createConnections(client, connectionsTable, chatTable, retentionDays),
  log: createRoomLists(tables),
  maxTextBytes: requireNumber('MAX_TEXT_BYTES'),
  typing: requireSwitch('TYPING_INDICATOR'),
  readPositions: requireSwitch('READ_POSITIONS'),
  webPushKey: requireWebPushKey(),
};

/** `ping`: keeps the connection open and returns the head sequences of its rooms. */
export const handler = websocketHandler(({ connectionId, frame }) => ping(deps, connectionId, frame));
