import { createPresence } from '../aws/dynamodb/presence';
import { createSenders } from '../aws/dynamodb/rooms';
import { createLimitDependencies, getConnectionsApi, getTables } from '../aws/lambda/dependencies';
import { requireTyping } from '../aws/lambda/environment';
import { websocketHandler } from '../aws/lambda/websocket-handler';
import { announceTyping } from '../chat/members/announce-typing';

const tables = getTables();
const deps = {
  ...createLimitDependencies(),
  log: createSenders(tables),
  presence: createPresence(tables.client, tables.connectionsTable, tables.chatTable),
  sockets: getConnectionsApi(),
  typing: requireTyping(),
};

/** `typing`: tells the other members of a small room that the user is typing. Has no reply. */
export const handler = websocketHandler(async ({ connectionId, frame }) => {
  await announceTyping(deps, connectionId, frame);
  return undefined;
});
