import { createPresence } from './aws/dynamodb/presence';
import { createSenders } from './aws/dynamodb/senders';
import { announceTyping } from './chat/typing';
import { createLimitDependencies, getConnectionsApi, getTables } from './handlers/dependencies';
import { requireTyping } from './handlers/environment';
import { websocketHandler } from './handlers/websocket';

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
